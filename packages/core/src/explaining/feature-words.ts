import type { Feature } from '../features/feature.ts';

/** What the dictionary says of a feature; the feature catalogue is one, a shop's own tables bring theirs. */
export type FeatureWords = Pick<Feature, 'name' | 'description' | 'family' | 'unit'>;

/** Looks a feature up; undefined = the dictionary does not have it. */
export type Dictionary = (name: string) => FeatureWords | undefined;

/** A dictionary of a list of features. */
export function dictionaryOf(features: readonly FeatureWords[]): Dictionary {
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  return (name) => byName.get(name);
}

/** How families are called in a shop. */
export const familyNames: Readonly<Record<FeatureWords['family'], string>> = {
  session: 'this visit',
  shopper: 'the shopper’s history',
  demand: 'demand for item, brand and category',
  calendar: 'time of day and week',
  offer: 'the offer and its price',
};

/** A feature as a noun phrase: its description without the full stop, its name where there is none. */
export function phraseOf(name: string, words: FeatureWords | undefined): string {
  if (words === undefined) return name;
  const text = words.description.replace(/\.$/, '');
  const [head] = words.unit === 'cycle' ? text.split(' as a cycle', 1) : [text];
  return `${head!.charAt(0).toLowerCase()}${head!.slice(1)}`;
}

const plain = (value: number): string => String(Number(value.toFixed(2)));

const byUnit: Readonly<Record<FeatureWords['unit'], (value: number) => string>> = {
  count: plain,
  ms: (value) => `${plain(value)} ms`,
  minutes: (value) => `${plain(value)} ${value === 1 ? 'minute' : 'minutes'}`,
  days: (value) => `${plain(value)} ${value === 1 ? 'day' : 'days'}`,
  currency: (value) => value.toFixed(2),
  share: (value) => `${plain(100 * value)} %`,
  flag: (value) => (value === 0 ? 'no' : 'yes'),
  hour: (value) => `${plain(value)} o’clock`,
  ratio: (value) => (Math.abs(value) < 0.1 ? String(Number(value.toPrecision(2))) : plain(value)),
  cycle: plain,
};

/** A value with its unit; "not known" for a missing one. */
export const valueInWords = (value: number, words: FeatureWords | undefined): string =>
  Number.isNaN(value) ? 'not known' : words === undefined ? plain(value) : byUnit[words.unit](value);
