import { setImmediate } from 'node:timers/promises';
import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import type { Experiment } from '@tillcast/core/experiments/experiment';
import { type ExperimentUnit, openUnitTable } from '@tillcast/core/experiments/unit-table';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';

/** Where the units of an experiment come from. */
export interface UnitSources {
  readonly exposures: Pick<ExposureLog, 'read'>;
  readonly events: Pick<EventLog, 'read'>;
  readonly marginOf: (event: ShopEvent) => number | undefined;
}

/** Up to when, and how far around the exposures is looked. */
export interface UnitWindow {
  readonly asOfMs: number;
  readonly maturityMs: number;
}

/** How far back behaviour counts as known before the exposure: 28 days, a multiple of the week. */
export const beforeMs = 28 * 86_400_000;
const tenant = 'default';

/** The units of an experiment as they were known at a moment. Reads the exposures once and the events twice: for who is who, then for what they did. */
export async function readUnits(
  { id, unit }: Experiment,
  { exposures, events, marginOf }: UnitSources,
  { asOfMs, maturityMs }: UnitWindow,
): Promise<Iterable<ExperimentUnit>> {
  const table = openUnitTable({ isBySession: unit === 'session', maturityMs, beforeMs, marginOf });
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const page of exposures.read({ tenant, experimentId: id, untilMs: asOfMs })) {
    for (const exposure of page) table.expose(exposure);
    firstMs = Math.min(firstMs, page[0]!.exposedAtMs);
    lastMs = Math.max(lastMs, page.at(-1)!.exposedAtMs);
    await setImmediate();
  }
  if (firstMs > lastMs) return [];
  const fromMs = firstMs - beforeMs;
  const each = async (untilMs: number, take: (event: ShopEvent) => void): Promise<void> => {
    for await (const batch of events.read({ tenant, fromMs, untilMs })) {
      for (const event of batch) if (knowableAtMs(event) <= asOfMs) take(event);
      await setImmediate();
    }
  };
  await each(asOfMs + 1, table.login);
  await each(Math.min(asOfMs + 1, lastMs + maturityMs), table.take);
  return table.rows();
}
