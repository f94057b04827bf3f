import type { ShopEvent } from '@tillcast/core/events/event';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { describe, expect, it } from 'vitest';
import { eventLogLaws, readAll } from '../../core/test/contract/event-log.ts';

/** Memory logs with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, () => EventLog>> = {
  'calls a conflict a duplicate': () => {
    const log = memoryEventLog();
    return {
      ...log,
      append: async (events) => {
        const { conflicts, ...result } = await log.append(events);
        return { ...result, duplicate: result.duplicate + conflicts.length, conflicts: [] };
      },
    };
  },
  'mixes tenants up': () => {
    const log = memoryEventLog();
    return { ...log, append: (events) => log.append(events.map((event) => ({ ...event, tenant: 'default' }))) };
  },
  'orders ids by UTF-16': () => {
    const log = memoryEventLog();
    return {
      ...log,
      async *read(query) {
        const all = await readAll(log, query);
        const key = query?.order === 'knowable' ? (e: (typeof all)[0]) => Math.max(e.eventTimeMs, e.receivedAtMs) : () => 0;
        all.sort(
          (a, b) =>
            key(a) - key(b) ||
            a.eventTimeMs - b.eventTimeMs ||
            (a.sequence ?? -1) - (b.sequence ?? -1) ||
            (a.eventId < b.eventId ? -1 : 1),
        );
        const batch = query?.batch ?? 100;
        for (let i = 0; i < all.length; i += batch) yield all.slice(i, i + batch);
      },
    };
  },
  'forgets the order of knowledge': () => {
    const log = memoryEventLog();
    return { ...log, read: ({ order: _, ...query } = {}) => log.read(query) };
  },
  'forgets the upper bound': () => {
    const log = memoryEventLog();
    return { ...log, read: ({ untilMs: _, ...query } = {}) => log.read(query) };
  },
  'stays open after close': () => ({ ...memoryEventLog(), close: async () => {} }),
  'hides what it should erase': () => {
    const log = memoryEventLog();
    return { ...log, erase: async (events) => events.length };
  },
  'erases an id wherever it is': () => {
    const log = memoryEventLog();
    const everywhere = async (events: readonly ShopEvent[]) => {
      await log.erase(events.map((event) => ({ ...event, tenant: 'other' })));
      return log.erase(events);
    };
    return { ...log, erase: everywhere };
  },
  'loses the last event of a batch': () => {
    const log = memoryEventLog();
    return {
      ...log,
      append: async (events) => {
        await log.append(events.slice(0, -1));
        return { accepted: events.length, duplicate: 0, conflicts: [], acceptedIndexes: events.map((_, i) => i) };
      },
    };
  },
};

describe('the laws of the event log', () => {
  it.each(Object.keys(faults))('catch a log that %s', async (name) => {
    const open = faults[name]!;
    const verdicts = await Promise.allSettled(Object.values(eventLogLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
