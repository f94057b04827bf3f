import { bandsOf } from './bands.ts';
import type { ReferenceProfile } from './bundle.ts';
import { type DayPart, rateKey } from './day-part.ts';
import { describeFeatures } from './feature-profile.ts';

/** What a reference profile is made from: the rows of the reference window, their served log-odds and what became of them. */
export interface ReferenceSample {
  /** ISO 8601. */
  readonly madeAt: string;
  readonly logOdds: Float64Array;
  readonly labels: ArrayLike<number>;
  readonly groups: ArrayLike<string | number>;
  readonly rungs: ArrayLike<string>;
  /** Top category, null where unknown. */
  readonly categories: ArrayLike<string | null>;
  readonly dayParts?: ArrayLike<DayPart>;
  readonly featureNames: readonly string[];
  /** Features, row after row. */
  readonly rows: Float32Array;
}

/** A rung with fewer reference scores than this is compared with all of them. */
const FEWEST_SCORES_OF_RUNG = 100;
const QUANTILES = 1000;
/** A shop's long tail of categories adds nothing to the prior. */
const MOST_CATEGORIES = 1000;

/** What the champion's scores looked like when it was made: the yardstick of percentile, band and prior. */
export function referenceProfile(sample: ReferenceSample): ReferenceProfile {
  const { labels, madeAt } = sample;
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  return {
    madeAt,
    baseRate: labels.length > 0 ? positives / labels.length : 0,
    quantiles: quantilesByRung(sample),
    bands: bandsOf(sample.logOdds, labels, sample.groups),
    features: describeFeatures(sample.rows, sample.featureNames, sample.logOdds.length),
    categoryRates: ratesByCategory(sample),
  };
}

/** The percentile, 0–100, of a served score: the share of reference scores of the same rung (of all, where that rung has too few) at or below it. */
export function percentileOf(profile: ReferenceProfile, rung: string, logOdds: number): number {
  const quantiles = profile.quantiles[rung] ?? profile.quantiles.all ?? [];
  let low = 0;
  let high = quantiles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (quantiles[middle]! <= logOdds) low = middle + 1;
    else high = middle;
  }
  return quantiles.length === 0 ? Number.NaN : (100 * low) / quantiles.length;
}

export { type Band, bandOf, bandSentence } from './bands.ts';

function quantilesByRung({ logOdds, rungs }: ReferenceSample): ReferenceProfile['quantiles'] {
  const byRung = new Map<string, number[]>([['all', Array.from(logOdds)]]);
  for (let row = 0; row < logOdds.length; row++) {
    const scores = byRung.get(rungs[row]!) ?? [];
    scores.push(logOdds[row]!);
    byRung.set(rungs[row]!, scores);
  }
  return Object.fromEntries(
    [...byRung]
      .filter(([rung, scores]) => rung === 'all' || scores.length >= FEWEST_SCORES_OF_RUNG)
      .map(([rung, scores]) => [rung, upperQuantiles(Float64Array.from(scores).sort())]),
  );
}

/** The k-th of m quantiles is the smallest score with a share of at least k / m at or below it; up to 1,000 scores are kept whole. */
function upperQuantiles(sorted: Float64Array): readonly number[] {
  const count = Math.min(sorted.length, QUANTILES);
  return Array.from({ length: count }, (_, k) => sorted[Math.ceil(((k + 1) * sorted.length) / count) - 1]!);
}

function ratesByCategory({ categories, dayParts, labels }: ReferenceSample): ReferenceProfile['categoryRates'] {
  const rates = new Map<string, { rows: number; positives: number }>();
  const count = (key: string, label: number) => {
    const cell = rates.get(key) ?? { rows: 0, positives: 0 };
    rates.set(key, { rows: cell.rows + 1, positives: cell.positives + label });
  };
  for (let row = 0; row < labels.length; row++) {
    const category = categories[row] ?? '';
    for (const name of category === '' ? [''] : ['', category]) {
      count(rateKey(name), labels[row]!);
      if (dayParts !== undefined) count(rateKey(name, dayParts[row]!), labels[row]!);
    }
  }
  const largest = [...rates].sort(([a, x], [b, y]) => y.rows - x.rows || (a < b ? -1 : 1));
  return Object.fromEntries(largest.slice(0, MOST_CATEGORIES));
}
