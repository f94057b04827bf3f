import type { ReferenceProfile } from '../scoring/bundle.ts';
import type { Ensemble } from '../scoring/ensemble.ts';
import { scoreRows } from '../scoring/score-row.ts';
import type { Random } from '../simulation/random.ts';
import { drawValue, type FeatureProfile } from './quantile-curve.ts';
import { binOf, type QuartileBins, quartileBins } from './quartile-bins.ts';

/** Synthetic rows, drawn feature by feature from the reference and scored: the same for every row that is explained. */
export interface Neighbourhood {
  readonly count: number;
  /** The bin of sample i in feature j at `bins[i * width + j]`. */
  readonly bins: Uint8Array;
  /** How many samples lie in a bin of a feature. */
  binCount(feature: number, bin: number): number;
  /** Served log-odds. */
  readonly logOdds: Float64Array;
}

const unknown: FeatureProfile = { quantiles: [], missing: 1 };

/** What the reference says of each of the model's features. */
export const profilesOf = (reference: Pick<ReferenceProfile, 'features'>, names: readonly string[]): readonly FeatureProfile[] =>
  names.map((name) => (Object.hasOwn(reference.features, name) ? reference.features[name]! : unknown));

/** Every feature's bins. */
export const binsOf = (profiles: readonly FeatureProfile[]): readonly QuartileBins[] => profiles.map(quartileBins);

/** Bins a feature has at most: four of quartiles and one for what is missing. */
const MOST_BINS = 5;

/** A neighbourhood of samples whose bins and scores are known. */
export function neighbourhoodOf(bins: Uint8Array, logOdds: Float64Array): Neighbourhood {
  const count = logOdds.length;
  const width = bins.length / count;
  const counts = new Int32Array(width * MOST_BINS);
  for (let at = 0; at < bins.length; at++) counts[(at % width) * MOST_BINS + bins[at]!]!++;
  return { count, bins, logOdds, binCount: (feature, bin) => counts[feature * MOST_BINS + bin]! };
}

/** Draws and scores a neighbourhood. */
export function drawNeighbourhood(
  ensemble: Ensemble,
  profiles: readonly FeatureProfile[],
  count: number,
  random: Random,
): Neighbourhood {
  const width = profiles.length;
  const rows = new Float32Array(count * width);
  const bins = new Uint8Array(count * width);
  for (const [j, profile] of profiles.entries()) {
    const cuts = quartileBins(profile);
    const stream = random.fork(ensemble.featureNames[j]!);
    for (let i = 0; i < count; i++) {
      const value = drawValue(profile, stream);
      rows[i * width + j] = value;
      bins[i * width + j] = binOf(cuts, value);
    }
  }
  return neighbourhoodOf(bins, scoreRows(ensemble, rows, count).logOdds);
}
