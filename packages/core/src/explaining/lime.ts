import { TillcastError } from '../errors/tillcast-error.ts';
import type { ReferenceProfile } from '../scoring/bundle.ts';
import type { Ensemble } from '../scoring/ensemble.ts';
import type { Random } from '../simulation/random.ts';
import { fitLocally } from './local-fit.ts';
import { binsOf, drawNeighbourhood, profilesOf } from './neighbourhood.ts';
import { binInWords, binOf } from './quartile-bins.ts';
import { topOverlap } from './top-reasons.ts';

/** How LIME works. */
export interface LimeSettings {
  readonly random: Random;
  /** Synthetic rows of one explanation; 5,000 unless told. */
  readonly samples?: number;
  /** Independent neighbourhoods that stability is measured over; 5 unless told. */
  readonly repeats?: number;
  /** Below this an explanation is withheld. */
  readonly leastStability?: number;
  /** The same for the share of local variance explained. */
  readonly leastR2?: number;
}

/** A local linear explanation, in log-odds. Withheld ones keep their figures, so that the reason can be checked. */
export interface LimeExplanation {
  /** Why it should not be shown; undefined = it may. */
  readonly withheld: string | undefined;
  /** One weight a feature: how far log-odds differ, near the row, where the feature lies in the row's bin. */
  readonly weights: Float64Array;
  readonly intercept: number;
  /** Mean over the repeats. */
  readonly r2: number;
  /** Expected share of the top five, signs included, that another seed would name as well: the mean over all pairs of repeats. */
  readonly stability: number;
}

/** Explains rows of one model; the neighbourhoods were drawn and scored when it was opened. */
export interface Lime {
  readonly samples: number;
  readonly repeats: number;
  explain(row: ArrayLike<number>, offset?: number): LimeExplanation;
  /** The bin of a row's feature, in words. */
  condition(feature: number, value: number): string;
}

const MOST_SAMPLES = 100_000;

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new TillcastError('INPUT_INVALID', `${name} is ${value}; give a whole number from ${least} to ${most}`);
}

/**
 * LIME for table rows (Ribeiro, Singh & Guestrin 2016) on the served log-odds. Discretised, the neighbourhood does not depend on the row: it is
 * drawn and scored once a model, and a row costs distances, kernel and a weighted ridge. The first neighbourhood explains, all of them vote on stability.
 */
export function openLime(
  ensemble: Ensemble,
  reference: Pick<ReferenceProfile, 'features'>,
  { random, samples = 5_000, repeats = 5, leastStability = 0.6, leastR2 = 0.25 }: LimeSettings,
): Lime {
  whole('samples', samples, 10, MOST_SAMPLES);
  whole('repeats', repeats, 2, 50);
  const profiles = profilesOf(reference, ensemble.featureNames);
  const bins = binsOf(profiles);
  const neighbourhoods = Array.from({ length: repeats }, (_, repeat) =>
    drawNeighbourhood(ensemble, profiles, samples, random.fork(`lime-${repeat}`)),
  );
  return {
    samples,
    repeats,
    condition: (feature, value) => binInWords(bins[feature]!, ensemble.featureNames[feature]!, binOf(bins[feature]!, value)),
    explain(row, offset = 0) {
      const rowBins = Uint8Array.from(bins, (ofFeature, j) => binOf(ofFeature, row[offset + j]!));
      const fits = neighbourhoods.map((neighbourhood) => fitLocally(neighbourhood, rowBins));
      const r2 = mean(fits.map((fit) => fit.r2));
      const stability = mean(fits.flatMap((a, i) => fits.slice(i + 1).map((b) => topOverlap(a.weights, b.weights))));
      const withheld = reasonToWithhold(r2, stability, leastR2, leastStability);
      return { withheld, weights: fits[0]!.weights, intercept: fits[0]!.intercept, r2, stability };
    },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function reasonToWithhold(r2: number, stability: number, leastR2: number, leastStability: number): string | undefined {
  if (!(r2 >= leastR2))
    return `a straight line fits the model too badly around this row: local R² is ${r2.toFixed(2)}, at least ${leastR2} is asked for`;
  if (!(stability >= leastStability))
    return `the reasons change with the seed: on average ${Math.round(100 * stability)} % of the top five return, at least ${Math.round(100 * leastStability)} % are asked for`;
  return undefined;
}
