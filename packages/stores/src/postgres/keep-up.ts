import { dayOf, openDayPartitions } from './day-partitions.ts';
import { quoted } from './identifier.ts';
import type { Postgres } from './postgres.ts';

/** How long things are kept, and how far ahead there is room. */
export interface KeepUpOptions {
  readonly nowMs: number;
  /** Days after today whose partitions are made now; default 7. */
  readonly daysAhead?: number;
  /** Whole days after which events leave, counted from when they became knowable; default: never. */
  readonly retentionDays?: number;
}

/** What upkeep did. */
export interface KeptUp {
  /** UTC days whose events were dropped, counted from 1970-01-01. */
  readonly droppedDays: readonly number[];
  /** Ids that may be used again, because their events were dropped, and at least `leastDedupeDays` have gone by. */
  readonly forgottenIds: number;
}

/** An id is remembered at least so long, however short events are kept: a sender's retries must find it. */
export const leastDedupeDays = 7;

/** Makes the event partitions of today and the next days, and drops what is kept no longer. Safe to run in several processes at once. */
export async function keepUp(postgres: Postgres, { nowMs, daysAhead = 7, retentionDays }: KeepUpOptions): Promise<KeptUp> {
  const days = openDayPartitions(postgres, 'event');
  const today = dayOf(nowMs);
  await days.ensure(Array.from({ length: daysAhead + 1 }, (_, i) => today + i));
  if (retentionDays === undefined) return { droppedDays: [], forgottenIds: 0 };
  const droppedDays = await days.dropBefore(today - retentionDays);
  const forgottenIds = await forgetIds(postgres, today - Math.max(retentionDays, leastDedupeDays));
  return { droppedDays, forgottenIds };
}

/** Rows of one delete: small enough for the budget, and no lock lasts. */
const idsAtATime = 10_000;

async function forgetIds({ schema, upkeep }: Postgres, beforeDay: number): Promise<number> {
  const identity = `${quoted(schema)}.event_identity`;
  let forgotten = 0;
  for (;;) {
    const { count } = await upkeep.run({
      sql: `delete from ${identity} where ctid = any (array(select ctid from ${identity} where day < $1 limit ${idsAtATime}))`,
      parameters: [beforeDay],
    });
    forgotten += count;
    if (count < idsAtATime) return forgotten;
  }
}
