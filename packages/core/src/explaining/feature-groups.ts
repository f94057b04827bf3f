import { clusterFeatures, leadOf } from './cluster-features.ts';
import { type Dictionary, familyNames, phraseOf } from './feature-words.ts';
import { rankCorrelations } from './rank-correlation.ts';

/** Features that move together, under one name. */
export interface FeatureGroup {
  readonly name: string;
  /** Column numbers, ascending. */
  readonly features: readonly number[];
}

/** How groups were found: by how features move together in rows of the shop, or by the dictionary's families where rows are too few. */
export type GroupBasis = 'correlation' | 'family';

/** Fewer rows than this say little about what moves together. */
export const FEWEST_ROWS = 200;

/** Groups a model's features: each is in exactly one group, so that grouped contributions add up as single ones do. */
export function groupFeatures(
  names: readonly string[],
  dictionary: Dictionary,
  rows: Float32Array = new Float32Array(0),
): { readonly basis: GroupBasis; readonly groups: readonly FeatureGroup[] } {
  if (rows.length / names.length < FEWEST_ROWS) return { basis: 'family', groups: byFamily(names, dictionary) };
  const correlations = rankCorrelations(rows, names.length);
  const groups = clusterFeatures(correlations, names.length).map((features) => {
    const lead = names[leadOf(features, correlations, names.length)]!;
    return { name: nameOf(lead, features.length, dictionary), features };
  });
  return { basis: 'correlation', groups };
}

function nameOf(lead: string, size: number, dictionary: Dictionary): string {
  const words = dictionary(lead);
  const phrase = phraseOf(lead, words);
  if (size === 1) return phrase;
  return `${words === undefined ? '' : `${familyNames[words.family]}: `}${phrase}, and ${size - 1} that ${size === 2 ? 'moves' : 'move'} with it`;
}

function byFamily(names: readonly string[], dictionary: Dictionary): readonly FeatureGroup[] {
  const families = Map.groupBy(names.keys(), (j) => {
    const words = dictionary(names[j]!);
    return words === undefined ? names[j]! : familyNames[words.family];
  });
  return [...families].map(([name, features]) => ({ name, features }));
}

/** Contributions summed over each group. */
export const groupContributions = (groups: readonly FeatureGroup[], contributions: ArrayLike<number>): Float64Array =>
  Float64Array.from(groups, ({ features }) => features.reduce((sum, j) => sum + contributions[j]!, 0));
