import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeRow } from '../src/encode-row.ts';
import type { Forest } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { openInteractionExplainer } from '../src/shap/interactions.ts';
import { openInterventionalExplainer } from '../src/shap/interventional.ts';

type Values = readonly (readonly (number | string | null)[])[];

/** Written by trainer/fixtures/make_explanations.py. */
interface Expected {
  readonly tolerance: { readonly interactions: number; readonly interventional?: number };
  readonly rows: Values;
  readonly interactions: readonly (readonly (readonly number[])[])[];
  readonly background?: Values;
  /** The base value last. */
  readonly interventional?: readonly (readonly number[])[];
}

const root = new URL('../../../fixtures/explanations/', import.meta.url);
const read = (name: string): { forest: Forest; expected: Expected } => {
  const folder = new URL(`${name}/`, root);
  const file = readdirSync(folder).find((candidate) => candidate.startsWith('model.'))!;
  const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Expected;
  return { forest: readForest(readFileSync(new URL(file, folder)), { file: name }), expected };
};
const encode = (forest: Forest, rows: Values): Float64Array[] => rows.map((row) => encodeRow(forest, row));

/** CatBoost's values of features that share a combination do not add up to SHAP values; ours do, and differ there. */
function shareCombination({ players, featureCount }: Forest, place: number): boolean {
  const [i, j] = [Math.floor(place / featureCount), place % featureCount];
  return players?.features.some((members) => members.length > 1 && members.includes(i) && members.includes(j)) ?? false;
}

function worstPair(forest: Forest, { rows, interactions }: Expected): number {
  const explainer = openInteractionExplainer(forest);
  const out = new Float64Array(forest.featureCount ** 2);
  return encode(forest, rows).reduce((worst, row, at) => {
    explainer.explain(row, out);
    const errors = interactions[at]!.flat().map((value, place) =>
      shareCombination(forest, place) ? 0 : Math.abs(value - out[place]!),
    );
    return Math.max(worst, ...errors);
  }, 0);
}

function worstAgainst(forest: Forest, expected: Expected, background: Values = expected.background!): number {
  const flat = Float64Array.from(encode(forest, background).flatMap((row) => [...row]));
  const explainer = openInterventionalExplainer(forest, flat, background.length);
  const out = new Float64Array(forest.featureCount + 1);
  return encode(forest, expected.rows).reduce((worst, row, at) => {
    out[forest.featureCount] = explainer.explain(row, out);
    return expected.interventional![at]!.reduce((most, value, i) => Math.max(most, Math.abs(value - out[i]!)), worst);
  }, 0);
}

describe.each(readdirSync(root).sort())('parity of explanations: %s', (name) => {
  const { forest, expected } = read(name);

  it('interaction values are the library’s', () => {
    expect(expected.interactions.length).toBe(10);
    const worst = worstPair(forest, expected);
    console.info(`${name}: interaction values ${worst}`);
    expect(worst).toBeLessThanOrEqual(expected.tolerance.interactions);
  });

  it.skipIf(expected.interventional === undefined)('values against a background are the library’s', () => {
    const worst = worstAgainst(forest, expected);
    console.info(`${name}: interventional values ${worst}`);
    expect(worst).toBeLessThanOrEqual(expected.tolerance.interventional!);
    expect(worstAgainst(forest, expected, expected.background!.slice(1))).toBeGreaterThan(1e-4);
  });

  it('negative control: covers that are not the file’s', () => {
    const even = { ...forest, cover: forest.cover.map(() => 1) };
    expect(worstPair(even, expected)).toBeGreaterThan(1e-3);
  });
});
