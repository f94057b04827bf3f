import type { Worker } from './contender.ts';

/** A task of a contender, in a worker where it is open. */
export interface Entry {
  readonly contender: string;
  readonly task: string;
  readonly rowsACall: number;
  readonly worker: Worker;
}

/** Microseconds a row, one figure a round. */
export interface Measured {
  readonly contender: string;
  readonly task: string;
  readonly rounds: readonly number[];
}

export interface Pace {
  /** How long one slice of one entry lasts, about. */
  readonly sliceMs: number;
  readonly rounds: number;
  /** No round is begun after this, on the clock of `now`; at least one is measured. */
  readonly until: number;
  readonly now: () => number;
}

/**
 * Measures all entries in turn, round after round, so that what disturbs the machine disturbs each of them alike and ratios within a round compare
 * neighbours in time. Entries of one task stand side by side. A first round warms up and is thrown away.
 */
export async function measure(entries: readonly Entry[], { sliceMs, rounds, until, now }: Pace): Promise<readonly Measured[]> {
  const ordered = entries.toSorted((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : 0));
  const slices: { entry: Entry; calls: number; micros: number[] }[] = [];
  for (const entry of ordered) slices.push({ entry, calls: await callsOfSlice(entry, sliceMs), micros: [] });
  for (let round = 0; round <= rounds && (round < 2 || now() < until); round++) {
    for (const { entry, calls, micros } of slices) {
      const ms = await entry.worker.time(entry.contender, entry.task, calls);
      if (round > 0) micros.push((1000 * ms) / (calls * entry.rowsACall));
    }
  }
  return slices.map(({ entry: { contender, task }, micros }) => ({ contender, task, rounds: micros }));
}

/** Calls that fill a slice, found by doubling. */
async function callsOfSlice({ worker, contender, task }: Entry, sliceMs: number): Promise<number> {
  for (let calls = 1; ; calls *= 2) {
    const ms = await worker.time(contender, task, calls);
    if (ms >= sliceMs / 2) return Math.max(1, Math.round((calls * sliceMs) / ms));
  }
}

/** The middle figure; the mean of two for an even count. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}
