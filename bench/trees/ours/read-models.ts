import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MemberName, memberNames } from '@tillcast/core/scoring/ensemble';
import type { Forest } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';

const files: Readonly<Record<MemberName, string>> = {
  catboost: 'catboost.json',
  xgboost: 'xgboost.json',
  lightgbm: 'lightgbm.txt',
  random_forest: 'random_forest.json',
};

export interface MemberForest {
  readonly name: MemberName;
  readonly forest: Forest;
}

/** The ensemble's members, read from the libraries' own files. */
export const readMembers = (models: string): readonly MemberForest[] =>
  memberNames.map((name) => ({ name, forest: readForest(readFileSync(join(models, files[name])), { file: files[name] }) }));

/** What the recipe says of its models (python/recipe.py). */
export interface About {
  readonly features: readonly string[];
  readonly missing_for_forest: number;
  readonly base_rate: number;
}

export const readAbout = (models: string): About => JSON.parse(readFileSync(join(models, 'about.json'), 'utf8')) as About;

/** Rows of float32, one behind the other, in memory that threads can share. */
export function readRows(models: string, file: 'test_rows.f32' | 'learnt_rows.f32'): Float32Array<SharedArrayBuffer> {
  const bytes = readFileSync(join(models, file));
  const rows = new Float32Array(new SharedArrayBuffer(bytes.byteLength));
  new Uint8Array(rows.buffer).set(bytes);
  return rows;
}
