import type { ReferenceProfile } from '../scoring/bundle.ts';
import { FEWEST_ROWS } from './feature-groups.ts';
import { profilesOf } from './neighbourhood.ts';
import type { FeatureProfile } from './quantile-curve.ts';
import { binOf, quartileBins } from './quartile-bins.ts';

/** Where a value lies in the reference: between its 1 % and 99 % quantiles, in its tails, or outside all that was seen. */
export type Seen = 'common' | 'rare' | 'unseen';

/** Whether a row's changed features look like data. */
export interface Plausibility {
  readonly features: readonly { readonly feature: number; readonly seen: Seen }[];
  /** Pairs whose values are each common but were never seen together. */
  readonly oddPairs: readonly (readonly [changed: number, other: number])[];
  /** False where there were too few rows to look at pairs. */
  readonly pairsChecked: boolean;
  readonly seenInData: boolean;
}

/** Judges rows against a reference profile and, for pairs, against a sample of real rows. */
export type JudgePlausibility = (row: ArrayLike<number>, changed: readonly number[]) => Plausibility;

/** An empty cell speaks only where chance alone would have filled it: e⁻¹² for each pair at 12 expected rows. */
const LEAST_EXPECTED = 12;

/** Where one value lies in the reference. */
export function seenValue({ quantiles, missing }: FeatureProfile, value: number): Seen {
  if (Number.isNaN(value)) return missing >= 0.01 ? 'common' : missing > 0 ? 'rare' : 'unseen';
  const [least, low, high, most] = [quantiles[0], quantiles[1], quantiles.at(-2), quantiles.at(-1)];
  if (least === undefined || value < least || value > most!) return 'unseen';
  return value < low! || value > high! ? 'rare' : 'common';
}

/** Opens the judgement of one model's rows; `sample` holds real rows one after the other. */
export function openPlausibility(
  reference: Pick<ReferenceProfile, 'features'>,
  names: readonly string[],
  sample: Float32Array = new Float32Array(0),
): JudgePlausibility {
  const width = names.length;
  const profiles = profilesOf(reference, names);
  const bins = profiles.map(quartileBins);
  const count = Math.floor(sample.length / width);
  const pairsChecked = count >= FEWEST_ROWS;
  const columns = bins.map((ofFeature, j) =>
    Uint8Array.from({ length: count }, (_, i) => binOf(ofFeature, sample[i * width + j]!)),
  );

  function isOdd(a: number, b: number, row: ArrayLike<number>): boolean {
    const [binA, binB] = [binOf(bins[a]!, row[a]!), binOf(bins[b]!, row[b]!)];
    let [ofA, ofB, both] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const inA = columns[a]![i] === binA;
      const inB = columns[b]![i] === binB;
      if (inA) ofA++;
      if (inB) ofB++;
      if (inA && inB) both++;
    }
    return both === 0 && (ofA * ofB) / count >= LEAST_EXPECTED;
  }

  return (row, changed) => {
    const features = changed.map((feature) => ({ feature, seen: seenValue(profiles[feature]!, row[feature]!) }));
    const oddPairs = pairsChecked
      ? changed.flatMap((a) =>
          names.flatMap((_, b) => (b !== a && !(changed.includes(b) && b < a) && isOdd(a, b, row) ? [[a, b] as const] : [])),
        )
      : [];
    return {
      features,
      oddPairs,
      pairsChecked,
      seenInData: oddPairs.length === 0 && features.every(({ seen }) => seen !== 'unseen'),
    };
  };
}
