import type { ReferenceProfile } from '../bundle.ts';
import { Fields } from './fields.ts';
import { refuse } from './files.ts';

const MAX_QUANTILES = 1_001;
const MAX_KEYS = 10_000;

const entries = <T>(fields: Fields, read: (name: string) => T): Record<string, T> => {
  if (fields.keys().length > MAX_KEYS) refuse(`reference-profile.json holds a list of more than ${MAX_KEYS} entries`);
  return Object.fromEntries(fields.keys().map((name) => [name, read(name)]));
};

function ascending(values: readonly number[], what: string): readonly number[] {
  if (values.some((value, index) => index > 0 && value < values[index - 1]!))
    refuse(`reference-profile.json: ${what} is not ascending`);
  return values;
}

function parseBand(fields: Fields): ReferenceProfile['bands'][number] {
  fields.only('name', 'topShare', 'minLogOdds', 'rate', 'rows');
  const rate = fields.numbers('rate', 3);
  if (rate.length !== 3 || rate.some((share) => share < 0 || share > 1))
    refuse('reference-profile.json: a rate must be [value, low, high], each in [0, 1]');
  return {
    name: fields.text('name'),
    topShare: fields.number('topShare', 0, 1),
    minLogOdds: fields.number('minLogOdds'),
    rate: rate as [number, number, number],
    rows: fields.integer('rows'),
  };
}

function parseRate(fields: Fields): { rows: number; positives: number } {
  const rows = fields.integer('rows');
  return { rows, positives: fields.integer('positives', 0, rows) };
}

/** reference-profile.json, or a refusal that names the field. */
export function parseReference(value: unknown): ReferenceProfile {
  const fields = new Fields(value, 'reference-profile.json').only(
    'madeAt',
    'baseRate',
    'quantiles',
    'bands',
    'features',
    'categoryRates',
  );
  const quantiles = fields.object('quantiles');
  const features = fields.object('features');
  const rates = fields.object('categoryRates');
  return {
    madeAt: fields.text('madeAt'),
    baseRate: fields.number('baseRate', 0, 1),
    quantiles: entries(quantiles, (rung) => ascending(quantiles.numbers(rung, MAX_QUANTILES), `the quantiles of ${rung}`)),
    bands: fields.objects('bands', 100).map(parseBand),
    features: entries(features, (name) => {
      const feature = features.object(name).only('quantiles', 'missing');
      return { quantiles: feature.numbers('quantiles', 9), missing: feature.number('missing', 0, 1) };
    }),
    categoryRates: entries(rates, (category) => parseRate(rates.object(category).only('rows', 'positives'))),
  };
}
