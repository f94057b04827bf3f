import { readdirSync, readFileSync } from 'node:fs';
import { encodeRow } from '../src/encode-row.ts';
import type { Forest } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';

/** The answers a case's library gave; written by trainer/fixtures/make_models.py. */
export interface Expected {
  readonly library: string;
  readonly tolerance: { readonly raw: number; readonly shap: number; readonly float64_shap: number };
  /** XGBoost's own, as its platform computed it. */
  readonly base_margin?: number;
  /** Text is a category, but for the infinities, which JSON cannot hold. */
  readonly rows: readonly (readonly (number | null | string)[])[];
  readonly raw: readonly number[];
  /** Contributions, then the bias column; null where the library refuses the row. */
  readonly shap?: readonly (readonly number[] | null)[];
  readonly float64_shap?: readonly (readonly number[] | null)[];
}

export interface Fixture {
  readonly name: string;
  readonly model: Uint8Array;
  /** Empty where the model is binary. */
  readonly text: string;
  readonly expected: Expected;
  readonly forest: Forest;
  /** As a caller has them. */
  readonly values: readonly (readonly (number | string | null)[])[];
  /** Ready to walk on. */
  readonly rows: readonly Float64Array[];
}

const root = new URL('../../../fixtures/models/', import.meta.url);

/** Every case's name: a folder is a case. */
export const fixtureNames: readonly string[] = readdirSync(root).sort();

/** Reads one case. */
export function readFixture(name: string): Fixture {
  const folder = new URL(`${name}/`, root);
  const file = readdirSync(folder).find((candidate) => candidate.startsWith('model.'))!;
  const model = readFileSync(new URL(file, folder));
  const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Expected;
  const forest = readForest(model, { baseMargin: expected.base_margin, file: name });
  const values = expected.rows.map((row) => row.map(asValue));
  const rows = values.map((row) => encodeRow(forest, row));
  return { name, model, text: file.endsWith('.ubj') ? '' : model.toString('utf8'), expected, forest, values, rows };
}

const asValue = (value: number | null | string): number | null | string =>
  value === 'Infinity' || value === '-Infinity' ? Number(value) : value;
