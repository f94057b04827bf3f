import { RowError } from './encode-row.ts';
import type { Forest } from './forest.ts';

/** What a waterfall is told besides the contributions. */
export interface WaterfallOptions {
  /** The score that contributions start from: what `explain` returns. */
  readonly base: number;
  /** One a feature, as `forest.featureNames`; empty or left out where the file carries none. */
  readonly names?: readonly string[] | undefined;
  /** The row as the caller has it, shown beside the names; null and NaN are missing. */
  readonly values?: readonly (number | string | null)[] | undefined;
  /** Most bars, the one for all the others included; from 1, default 10. */
  readonly top?: number | undefined;
  /** The space of base and contributions, as `forest.space`; log-odds are shown as a chance as well. */
  readonly space?: Forest['space'] | undefined;
  /** What base and contributions must add up to within 1e-9, as `scoreExact` gives it; not checked where it is left out. */
  readonly score?: number | undefined;
}

/** One bar: a feature, or (`feature` undefined) all the features that are not shown alone. */
export interface WaterfallStep {
  readonly feature: number | undefined;
  /** How many features it stands for. */
  readonly features: number;
  readonly from: number;
  readonly to: number;
  /** What it adds; of several features, their sum. */
  readonly by: number;
  /** The parts of `by` that raise and that lower the score; of several features both may be large where `by` is small. */
  readonly raisedBy: number;
  readonly loweredBy: number;
}

/** The way from the base value to the score. */
export interface Waterfall {
  readonly base: number;
  readonly score: number;
  /** In the order of the way: the strongest first, all the others last. Each begins where the one before ended. */
  readonly steps: readonly WaterfallStep[];
}

const DEFAULT_TOP = 10;
/** Of the numbers added, as design §5 has it for sums of contributions. */
const TOLERANCE = 1e-9;

/**
 * Orders contributions as shap.plots.waterfall does (by |φ|, at most `top` bars, the others in one), ties by the feature's place. Contributions
 * or options that are no finite numbers, do not belong together or miss the given score are a RowError.
 */
export function waterfallOf(contributions: ArrayLike<number>, options: WaterfallOptions): Waterfall {
  checkOptions(contributions.length, options);
  const { base, top = DEFAULT_TOP } = options;
  const all = Array.from(contributions);
  for (const [feature, by] of all.entries())
    if (!Number.isFinite(by))
      throw new RowError(`the contribution of feature ${feature} is ${by}; give finite numbers, as explain writes`, feature);
  const order = all.map((_, feature) => feature).sort((a, b) => Math.abs(all[b]!) - Math.abs(all[a]!) || a - b);
  const alone = order.length <= top ? order.length : top - 1;
  const groups = order.slice(0, alone).map((feature) => [feature]);
  if (alone < order.length) groups.push(order.slice(alone));
  const steps: WaterfallStep[] = [];
  for (const features of groups) {
    const parts = features.map((feature) => all[feature]!);
    const by = sum(parts);
    const from = steps.at(-1)?.to ?? base;
    steps.push({
      feature: features.length === 1 ? features[0] : undefined,
      features: features.length,
      from,
      to: from + by,
      by,
      raisedBy: sum(parts.filter((part) => part > 0)),
      loweredBy: sum(parts.filter((part) => part < 0)),
    });
  }
  const waterfall = { base, score: steps.at(-1)?.to ?? base, steps };
  checkEnds(waterfall, all, options.score);
  return waterfall;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function checkOptions(features: number, { base, names = [], values, top = DEFAULT_TOP }: WaterfallOptions): void {
  if (!Number.isFinite(base)) throw new RowError(`the base value is ${base}; give a finite number, as explain returns`);
  if (!(Number.isInteger(top) && top >= 1)) throw new RowError(`top is ${top}; give a whole number of bars from 1`);
  if (names.length !== 0 && names.length !== features)
    throw new RowError(`there are ${names.length} names for ${features} contributions; give one each, or none`);
  if (values !== undefined && values.length !== features)
    throw new RowError(`there are ${values.length} values for ${features} contributions; give one each, or leave them out`);
}

function checkEnds({ base, score, steps }: Waterfall, all: readonly number[], expected: number | undefined): void {
  const ends = steps.map(({ to }) => to);
  const range = ends.reduce((most, end) => Math.max(most, end), base) - ends.reduce((least, end) => Math.min(least, end), base);
  if (!Number.isFinite(range)) throw new RowError('base and contributions add up beyond what a number holds; give smaller ones');
  if (expected === undefined) return;
  const size = all.reduce((most, by) => Math.max(most, Math.abs(by)), Math.max(1, Math.abs(base)));
  // Written so that a score that is no number is refused as well.
  if (!(Math.abs(score - expected) <= TOLERANCE * size))
    throw new RowError(
      `base and contributions add up to ${score}, the score is ${expected}; give base, contributions and scoreExact of the same row`,
    );
}
