import type { Contest } from './contest.ts';
import type { Machine } from './machine.ts';
import { medianOf } from './measure.ts';
import { type Ratio, ratiosOf } from './ratios.ts';

/** Everything a run found out; its JSON is the last line of `--json`. */
export interface Report {
  /** The other's time over ours; null = not measured, `missing` says why. */
  readonly ratios: Readonly<Record<string, number | null>>;
  /** The smallest and largest ratio within one round. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  readonly machine: Machine;
  /** Microseconds a row (LIME: an explanation), by task and contender. */
  readonly medians: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly loading: Contest['loading'];
  /** How far from the reference each answer was. */
  readonly gaps: Contest['gaps'];
  readonly about: Contest['about'];
  readonly refused: readonly string[];
  /** Peers that are not here, and why. */
  readonly missing: Readonly<Record<string, string>>;
  readonly ours: string;
  readonly rounds: number;
  readonly date: string;
  readonly seconds: number;
}

/** Four digits are more than the noise leaves. */
const rounded = (value: number): number => Number(value.toPrecision(4));

const mapValues = <A, B>(of: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(value)]));

/** Puts a contest into figures. */
export function reportOf(contest: Contest, rest: Pick<Report, 'machine' | 'missing' | 'ours' | 'date' | 'seconds'>): Report {
  const ratios = ratiosOf(contest.measured, rest.ours);
  const known = Object.entries(ratios).filter((entry): entry is [string, Ratio] => entry[1] !== undefined);
  const medians: Record<string, Record<string, number>> = {};
  for (const { task, contender, rounds } of contest.measured) {
    medians[task] = { ...medians[task], [contender]: rounded(medianOf(rounds)) };
  }
  const { loading, gaps, about, refused } = contest;
  return {
    ratios: mapValues(ratios, (ratio) => (ratio === undefined ? null : rounded(ratio.value))),
    ranges: Object.fromEntries(known.map(([name, { range }]) => [name, [rounded(range[0]), rounded(range[1])] as const])),
    medians,
    loading: mapValues(loading, ({ loadMs, addedMiB, totalMiB }) => ({
      loadMs: rounded(loadMs),
      addedMiB: rounded(addedMiB),
      totalMiB: rounded(totalMiB),
    })),
    gaps: mapValues(gaps, rounded),
    about,
    refused,
    rounds: contest.measured[0]?.rounds.length ?? 0,
    ...rest,
  };
}
