import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { openRandom } from '@tillcast/core/simulation/random';
import { simulateShop } from '@tillcast/core/simulation/shop';
import { describe, expect, it } from 'vitest';
import { openSchedule, visitsOf } from '../../src/demo/session-schedule.ts';

const history = (): ShopEvent[] => [...simulateShop({ shoppers: 60, days: 10, seed: 3 })].map(({ event }) => event);
const uniform = () => {
  const random = openRandom(1);
  return () => random.uniform();
};

describe('visits', () => {
  it('hold every event but refunds, once', () => {
    const events = history().filter((event) => event.event !== 'refund');
    const visits = [...visitsOf([...history(), { ...events[0]!, eventTimeMs: events.at(-1)!.eventTimeMs + 86_400_000 }])];
    const seen = visits.flatMap((visit) => visit.steps.map(({ event }) => event.eventId));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(events.length);
  });

  it('belong to one shopper each, with no silence over half an hour', () => {
    for (const { steps } of visitsOf(history())) {
      expect(new Set(steps.map(({ event }) => shopperOf(event))).size).toBe(1);
      steps.forEach((step, i) => {
        expect(step.offsetMs - (steps[i - 1]?.offsetMs ?? 0)).toBeLessThanOrEqual(30 * 60_000);
      });
    }
  });
});

describe('the schedule', () => {
  it('keeps the gaps inside a visit and gives the wall clock’s times', () => {
    const visit = [...visitsOf(history())].find(({ steps }) => steps.length > 3)!;
    const due = openSchedule([visit][Symbol.iterator](), 1_000_000, 1_000, uniform()).until(Number.MAX_SAFE_INTEGER);
    expect(due.map(({ event }) => event.eventTimeMs - 1_000_000)).toEqual(visit.steps.map(({ offsetMs }) => offsetMs));
  });

  it('hands out every event once, in order, whatever the beat', () => {
    const drain = (beatMs: number) => {
      const schedule = openSchedule(visitsOf(history()), 5_000, 2_000, uniform());
      const ids: string[] = [];
      let lastMs = 0;
      for (let ms = 5_000; ms < 3_000_000; ms += beatMs)
        for (const { dueMs, event } of schedule.until(ms)) {
          expect(dueMs).toBeGreaterThanOrEqual(lastMs);
          expect(dueMs).toBeLessThanOrEqual(ms);
          lastMs = dueMs;
          ids.push(event.eventId);
        }
      return ids;
    };
    const [coarse, fine] = [drain(10_000), drain(500)];
    expect(coarse.length).toBeGreaterThan(500);
    expect(fine.slice(0, coarse.length)).toEqual(coarse);
  });
});
