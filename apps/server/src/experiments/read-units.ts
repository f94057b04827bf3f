import { setImmediate } from 'node:timers/promises';
import { knowableAtMs } from '@tillcast/core/events/event';
import type { Experiment } from '@tillcast/core/experiments/experiment';
import { type ExperimentUnit, openUnitTable } from '@tillcast/core/experiments/unit-table';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import type { MarginOf } from './margin-of.ts';

/** Where the units of an experiment come from. */
export interface UnitSources {
  readonly exposures: Pick<ExposureLog, 'read'>;
  readonly events: Pick<EventLog, 'read'>;
  /** What an event earned, as far as was known by a moment. */
  readonly marginAsOf: (knownByMs: number) => MarginOf;
}

/** Up to when, and how far around the exposures is looked. */
export interface UnitWindow {
  readonly asOfMs: number;
  readonly maturityMs: number;
}

/** How far back behaviour counts as known before the exposure: 28 days, a multiple of the week. */
export const beforeMs = 28 * 86_400_000;
const tenant = 'default';

/** The units of an experiment as they were known at a moment. Reads the exposures once, then the events once. */
export async function readUnits(
  { id, unit }: Experiment,
  { exposures, events, marginAsOf }: UnitSources,
  { asOfMs, maturityMs }: UnitWindow,
): Promise<Iterable<ExperimentUnit>> {
  const table = openUnitTable({ isBySession: unit === 'session', maturityMs, beforeMs, marginOf: marginAsOf(asOfMs) });
  let firstMs: number | undefined;
  for await (const page of exposures.read({ tenant, experimentId: id, untilMs: asOfMs })) {
    for (const exposure of page) table.expose(exposure);
    firstMs ??= page[0]!.exposedAtMs;
    await setImmediate();
  }
  if (firstMs === undefined) return [];
  // To the end, though outcomes count to maturity only: a later login still says whose device it was.
  for await (const batch of events.read({ tenant, fromMs: firstMs - beforeMs, untilMs: asOfMs + 1 })) {
    for (const event of batch) if (knowableAtMs(event) <= asOfMs) table.take(event);
    await setImmediate();
  }
  return table.rows();
}
