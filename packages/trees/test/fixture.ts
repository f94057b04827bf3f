import { readdirSync, readFileSync } from 'node:fs';

/** The answers a case's library gave; written by trainer/fixtures/make_models.py. */
export interface Expected {
  readonly library: string;
  readonly tolerance: { readonly raw: number; readonly shap: number; readonly float64_shap: number };
  /** XGBoost's own, as its platform computed it. */
  readonly base_margin?: number;
  readonly rows: readonly (readonly (number | null | 'Infinity' | '-Infinity')[])[];
  readonly raw: readonly number[];
  /** Contributions, then the bias column; null where the library refuses the row. */
  readonly shap?: readonly (readonly number[] | null)[];
  readonly float64_shap?: readonly (readonly number[] | null)[];
}

export interface Fixture {
  readonly name: string;
  readonly text: string;
  readonly expected: Expected;
  readonly rows: readonly Float64Array[];
}

const root = new URL('../../../fixtures/models/', import.meta.url);

/** Every case's name: a folder is a case. */
export const fixtureNames: readonly string[] = readdirSync(root).sort();

/** Reads one case. */
export function readFixture(name: string): Fixture {
  const folder = new URL(`${name}/`, root);
  const model = readdirSync(folder).find((file) => file.startsWith('model.'))!;
  const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Expected;
  const rows = expected.rows.map((row) => Float64Array.from(row, (value) => (value === null ? Number.NaN : Number(value))));
  return { name, text: readFileSync(new URL(model, folder), 'utf8'), expected, rows };
}
