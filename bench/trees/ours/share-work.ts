import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import type { MemberEngine } from './trees-tasks.ts';

/** What threads do together. */
export const SCORE = 0;
export const EXPLAIN = 1;
export type Kind = typeof SCORE | typeof EXPLAIN;

/** Places in the shared words: a job's number, its kind, the row not yet taken, the row to stop at, and how many threads are done. */
export const JOB = 0;
export const KIND = 1;
export const NEXT = 2;
export const END = 3;
export const DONE = 4;
export const WORDS = 5;

/** Memory that all threads see. */
export interface SharedWork {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly rows: Float32Array<SharedArrayBuffer>;
  readonly width: number;
  /** Votes, one a row, from the first row of the job on. */
  readonly votes: Float64Array<SharedArrayBuffer>;
  /** Contributions, one list a member and a row. */
  readonly contributions: Float64Array<SharedArrayBuffer>;
  /** The row that the job begins with. */
  readonly from: Int32Array<SharedArrayBuffer>;
}

/** Rows that a thread takes at a time: few enough to end together, enough to keep trees in the cache. */
const SHARE: Readonly<Record<Kind, number>> = { [SCORE]: 125, [EXPLAIN]: 4 };

/** Takes rows of the job until none is left. */
export function shareWork(work: SharedWork, members: readonly MemberEngine[], scratch: Float64Array): void {
  const { control } = work;
  const kind = Atomics.load(control, KIND) as Kind;
  const end = Atomics.load(control, END);
  const share = SHARE[kind];
  for (;;) {
    const row = Atomics.add(control, NEXT, share);
    if (row >= end) return;
    const rowCount = Math.min(share, end - row);
    if (kind === SCORE) scoreShare(work, members, scratch, row, rowCount);
    else explainShare(work, members, scratch, row, rowCount);
  }
}

/** The most values that one share needs. */
export const scratchFor = (width: number): Float64Array => new Float64Array(Math.max(SHARE[SCORE], SHARE[EXPLAIN] * width));

function scoreShare(work: SharedWork, members: readonly MemberEngine[], raw: Float64Array, row: number, rowCount: number): void {
  const { rows, width, votes } = work;
  const at = row - work.from[0]!;
  const batch = rows.subarray(row * width, (row + rowCount) * width);
  votes.fill(0, at, at + rowCount);
  for (const { engine } of members) {
    engine.scoreBatch(batch, rowCount, raw);
    const isLogOdds = engine.forest.space === 'log_odds';
    for (let i = 0; i < rowCount; i++) votes[at + i]! += (isLogOdds ? probabilityOf(raw[i]!) : raw[i]!) / members.length;
  }
}

function explainShare(
  work: SharedWork,
  members: readonly MemberEngine[],
  out: Float64Array,
  row: number,
  rowCount: number,
): void {
  const { rows, width, contributions } = work;
  const at = row - work.from[0]!;
  const ofMember = contributions.length / members.length;
  const batch = rows.subarray(row * width, (row + rowCount) * width);
  for (const [m, { engine }] of members.entries()) {
    engine.explainBatch(batch, rowCount, out);
    contributions.set(out.subarray(0, rowCount * width), m * ofMember + at * width);
  }
}
