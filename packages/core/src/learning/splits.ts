import { hash32 } from './splits-hash.ts';

/** The splits of contracts/training-table.md; a row's split is its position here. */
export const splitNames = ['train', 'stop', 'blend', 'validate', 'test', 'embargo'] as const;
export type SplitName = (typeof splitNames)[number];

const EMBARGO = splitNames.indexOf('embargo');
const FOLDS = 5;
/** With fewer positives there are only `train` and `test` (design §5). */
const FULL_FROM_POSITIVES = 500;
/** A window with fewer positives decides nothing; then, too, there are only `train` and `test`. */
const MIN_WINDOW_POSITIVES = 25;

/** Shares of the rows, in time: most to fit, a fifth to judge, the rest to choose by. */
const FULL_SHARES = { train: 0.54, stop: 0.1, blend: 0.1, validate: 0.06, test: 0.2 };
/** With few positives the judgement needs a larger share, or its interval says nothing. */
const SMALL_SHARES = { train: 0.6, test: 0.4 };

/** What splitting needs to know of the rows, which are in order of `t`. */
export interface SplitInput {
  readonly t: ArrayLike<number>;
  /** Code of the shopper, into `groups`. */
  readonly group: ArrayLike<number>;
  readonly groups: readonly string[];
  /** Code of the shopper-session. */
  readonly session: ArrayLike<number>;
  readonly label: ArrayLike<number>;
  readonly horizonMs: number;
  readonly seed: number;
}

/** Each row's split and fold, and what the windows hold. */
export interface Splits {
  readonly split: Uint8Array;
  readonly fold: Uint8Array;
  readonly counts: Readonly<Record<SplitName, { readonly rows: number; readonly positives: number }>>;
  /** False: only `train` and `test`, for want of positives. */
  readonly full: boolean;
}

/**
 * Cuts the rows into windows in time. Before each cut, the rows whose horizon reaches beyond it are `embargo`; so are all rows of a session that
 * would lie in two windows. Folds go by shopper.
 */
export function assignSplits(input: SplitInput): Splits {
  const fold = foldsOf(input);
  const positives = sum(input.label);
  if (positives >= FULL_FROM_POSITIVES) {
    const split = cut(input, FULL_SHARES);
    const counts = countSplits(split, input.label);
    const smallest = Math.min(...Object.keys(FULL_SHARES).map((name) => counts[name as SplitName].positives));
    if (smallest >= MIN_WINDOW_POSITIVES) return { split, fold, counts, full: true };
  }
  const split = cut(input, SMALL_SHARES);
  return { split, fold, counts: countSplits(split, input.label), full: false };
}

/** The fold of a shopper: the same for the same seed, whatever else the table holds. */
export const foldOf = (shopper: string, seed: number): number => hash32(shopper, seed) % FOLDS;

function foldsOf({ group, groups, seed }: SplitInput): Uint8Array {
  const ofGroup = Uint8Array.from(groups, (shopper) => foldOf(shopper, seed));
  return Uint8Array.from(group, (code) => ofGroup[code]!);
}

function cut(input: SplitInput, shares: Partial<Record<SplitName, number>>): Uint8Array {
  const { t, session, horizonMs } = input;
  const windows = windowsOf(t, horizonMs, shares);
  const split = new Uint8Array(t.length);
  for (let row = 0, at = 0; row < t.length; row++) {
    while (at + 1 < windows.length && t[row]! >= windows[at + 1]!.fromMs) at++;
    const next = windows[at + 1];
    // A horizon that ends at the cut would see a purchase at that very instant.
    split[row] = next !== undefined && t[row]! + horizonMs >= next.fromMs ? EMBARGO : windows[at]!.split;
  }
  return embargoStraddlers(split, session);
}

/**
 * Where each window begins. The shares are of the rows that remain when the embargoes are taken out, so that a long horizon shortens every
 * window alike instead of eating the short ones; found by repeating the walk with what the walk before left over.
 */
function windowsOf(t: ArrayLike<number>, horizonMs: number, shares: Partial<Record<SplitName, number>>) {
  let usable = t.length;
  let starts: number[] = [];
  for (let walk = 0; walk < 20; walk++) {
    const step = walkWindows(t, horizonMs, Object.values(shares), usable);
    starts = step.starts;
    const left = Math.max(0, t.length - step.embargoed);
    if (left === usable) break;
    usable = left;
  }
  return Object.keys(shares).map((name, index) => {
    const fromMs = t[Math.min(t.length - 1, starts[index]!)] ?? 0;
    return { split: splitNames.indexOf(name as SplitName), fromMs };
  });
}

function walkWindows(t: ArrayLike<number>, horizonMs: number, widths: readonly number[], usable: number) {
  const starts: number[] = [];
  let row = 0;
  let embargoed = 0;
  widths.forEach((width, index) => {
    starts.push(row);
    const end = Math.min(t.length, row + Math.round(width * usable));
    row = end;
    if (index === widths.length - 1 || end === 0) return;
    while (row < t.length && t[row]! <= t[end - 1]! + horizonMs) row++;
    embargoed += row - end;
  });
  return { starts, embargoed };
}

function embargoStraddlers(split: Uint8Array, session: ArrayLike<number>): Uint8Array {
  const only = new Map<number, number>();
  const straddling = new Set<number>();
  split.forEach((name, row) => {
    if (name === EMBARGO) return;
    const code = session[row]!;
    const first = only.get(code);
    if (first === undefined) only.set(code, name);
    else if (first !== name) straddling.add(code);
  });
  return split.map((name, row) => (straddling.has(session[row]!) ? EMBARGO : name));
}

function countSplits(split: Uint8Array, label: ArrayLike<number>): Splits['counts'] {
  const counts = splitNames.map(() => ({ rows: 0, positives: 0 }));
  split.forEach((name, row) => {
    counts[name]!.rows++;
    counts[name]!.positives += label[row]!;
  });
  return Object.fromEntries(splitNames.map((name, index) => [name, counts[index]!])) as unknown as Splits['counts'];
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index]!;
  return total;
};
