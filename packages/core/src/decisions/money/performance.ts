import { benjaminiHochberg } from '../../experiments/statistics/multiple-tests.ts';
import { bootstrap } from '../../learning/bootstrap.ts';
import { evaluateScores } from '../../learning/evaluated-scores.ts';
import type { Interval } from '../../learning/metric.ts';
import { type Groups, groupsOf } from '../../scoring/groups.ts';
import { probabilityOf } from '../../scoring/log-odds.ts';
import { orderDescending } from '../../scoring/order-descending.ts';
import { rateInterval } from '../../scoring/rate-interval.ts';
import type { Random } from '../../simulation/random.ts';
import { qualityOfMany } from './quality-of-many.ts';
import { type ComparedWithRest, compareWithRest } from './worse-than-rest.ts';

/** Served predictions whose outcome is known, a row each. */
export interface ServedScores {
  readonly logOdds: Float64Array;
  readonly labels: Uint8Array;
  /** Number of each row's shopper. */
  readonly shopper: Int32Array;
  /** By what the rows are sliced: names, and which of them each row has. */
  readonly slicings: readonly Slicing[];
}

/** One way to cut rows into slices. */
export interface Slicing {
  readonly by: string;
  readonly names: readonly string[];
  /** Place of each row's name. */
  readonly of: Int32Array;
}

/** How good a model was on some rows; 95 % intervals by shopper. */
export interface Quality {
  readonly rows: number;
  readonly shoppers: number;
  readonly conversions: number;
  readonly baseRate: Interval;
  /** Mean probability. */
  readonly predicted: number;
  readonly logLoss: Interval;
  readonly rocAuc: Interval;
  readonly ece: Interval;
}

/** A slice: its figures, or that it has too few rows for any. */
export interface SliceQuality {
  readonly by: string;
  readonly name: string;
  readonly rows: number;
  /** Absent: fewer rows, shoppers or conversions than `fewest`; figures would be noise. */
  readonly quality?: Quality;
  /** In what it is worse than all other rows; absent where it is all rows. */
  readonly worse?: readonly Worse[];
}

/** One metric beside the rest of the rows. */
export interface Worse extends ComparedWithRest {
  /** Adjusted by Benjamini and Hochberg over all slices and metrics of the report. */
  readonly adjusted: number;
  readonly isWorse: boolean;
}

/** Overall, and by slice. */
export interface Performance {
  readonly overall: Quality | undefined;
  readonly slices: readonly SliceQuality[];
}

/** Below any of them a slice has no figures. */
export const fewest = { rows: 200, shoppers: 50, conversions: 10 } as const;
/** The largest slices of a kind are told; the rest are one, `(others)`. */
const MOST_SLICES = 12;
/** Share of false flags among the flags, at most. */
const FALSE_DISCOVERY = 0.05;
const REPLICATES = 200;
/** Beyond so many rows intervals are computed instead of redrawn (`qualityOfMany`). */
export const MOST_REDRAWN = 40_000;

/** Measures all rows and each slice, and flags slices that are worse than the rest of the rows. */
export function measurePerformance(served: ServedScores, random: Random, replicates = REPLICATES): Performance {
  const all = Int32Array.from(served.labels, (_, row) => row);
  const overall = qualityOf(served, all, random, replicates);
  const count = served.shopper.reduce((most, one) => Math.max(most, one + 1), 0);
  const slices = served.slicings.flatMap((slicing) =>
    sliceRows(slicing).map(([name, rows]): SliceQuality => {
      const quality = qualityOf(served, rows, random, replicates);
      const rest = quality === undefined || rows.length === all.length ? undefined : othersThan(rows, all.length);
      const compared = rest === undefined ? [] : compareWithRest(scoresOf(served, rows), scoresOf(served, rest), count);
      return {
        ...{ by: slicing.by, name, rows: rows.length },
        ...(quality === undefined ? {} : { quality }),
        ...(compared.length === 0 ? {} : { worse: compared.map((one) => ({ ...one, adjusted: 1, isWorse: false })) }),
      };
    }),
  );
  return { overall, slices: flagged(slices) };
}

/** The same rows from the highest score to the lowest: what ranks any of them then finds them ranked. */
export function rankedScores({ logOdds, labels, shopper, slicings }: ServedScores): ServedScores {
  const order = orderDescending(logOdds);
  return {
    logOdds: Float64Array.from(order, (row) => logOdds[row]!),
    labels: Uint8Array.from(order, (row) => labels[row]!),
    shopper: order.map((row) => shopper[row]!),
    slicings: slicings.map(({ by, names, of }) => ({ by, names, of: order.map((row) => of[row]!) })),
  };
}

/** Rows by name, the largest slice first; what is beyond `MOST_SLICES` becomes one. */
function sliceRows({ names, of }: Slicing): readonly (readonly [string, Int32Array])[] {
  const byName = names.map((): number[] => []);
  for (let row = 0; row < of.length; row++) byName[of[row]!]!.push(row);
  const known = names
    .map((name, at) => [name, byName[at]!] as const)
    .filter(([, rows]) => rows.length > 0)
    .sort(([a, rowsA], [b, rowsB]) => rowsB.length - rowsA.length || (a < b ? -1 : 1));
  const others = known.slice(MOST_SLICES).flatMap(([, rows]) => rows);
  const told = known.slice(0, MOST_SLICES).map(([name, rows]) => [name, Int32Array.from(rows)] as const);
  return others.length === 0 ? told : [...told, ['(others)', Int32Array.from(others).sort()] as const];
}

function othersThan(rows: Int32Array, count: number): Int32Array {
  const isIn = new Uint8Array(count);
  for (const row of rows) isIn[row] = 1;
  const others = new Int32Array(count - rows.length);
  for (let row = 0, next = 0; row < count; row++) if (isIn[row] === 0) others[next++] = row;
  return others;
}

function scoresOf({ logOdds, labels, shopper }: ServedScores, rows: Int32Array) {
  const count = rows.length;
  const some = { logOdds: new Float64Array(count), labels: new Uint8Array(count), shopper: new Int32Array(count) };
  for (let i = 0; i < count; i++) {
    some.logOdds[i] = logOdds[rows[i]!]!;
    some.labels[i] = labels[rows[i]!]!;
    some.shopper[i] = shopper[rows[i]!]!;
  }
  return some;
}

function qualityOf(served: ServedScores, rows: Int32Array, random: Random, replicates: number): Quality | undefined {
  const { logOdds, labels, shopper } = scoresOf(served, rows);
  const groups: Groups = groupsOf(shopper);
  const conversions = labels.reduce((sum, label) => sum + label, 0);
  const isTold = rows.length >= fewest.rows && groups.count >= fewest.shoppers;
  if (!isTold || conversions < fewest.conversions || conversions === rows.length) return undefined;
  const { logLoss, rocAuc, ece } =
    rows.length > MOST_REDRAWN
      ? qualityOfMany(logOdds, labels, groups, random)
      : bootstrap([evaluateScores(logOdds, labels, groups)], { random, replicates }).metrics(0);
  const [value, low, high] = rateInterval(labels, groups.code, labels.keys()).rate;
  const predicted = logOdds.reduce((sum, z) => sum + probabilityOf(z), 0) / rows.length;
  return {
    ...{ rows: rows.length, shoppers: groups.count, conversions, baseRate: { value, low, high } },
    ...{ predicted, logLoss, rocAuc, ece },
  };
}

/** Of many slices some look worse by chance: false discoveries are held down over all slices and metrics at once. */
function flagged(slices: readonly SliceQuality[]): readonly SliceQuality[] {
  const adjusted = benjaminiHochberg(slices.flatMap(({ worse = [] }) => worse.map(({ pValue }) => pValue)));
  let next = 0;
  return slices.map((slice) =>
    slice.worse === undefined
      ? slice
      : {
          ...slice,
          worse: slice.worse.map((one) => {
            const value = adjusted[next++]!;
            return { ...one, adjusted: value, isWorse: value <= FALSE_DISCOVERY };
          }),
        },
  );
}
