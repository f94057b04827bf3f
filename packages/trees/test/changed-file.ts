import type { Forest } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { readFixture } from './fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: a parsed file is changed at any place
export type Parsed = any;

/** Reads a fixture after one change to its parsed JSON. */
export function readChanged(name: string, change: (file: Parsed) => void): () => Forest {
  const file = JSON.parse(readFixture(name).text);
  change(file);
  return () => readForest(JSON.stringify(file), { file: 'model.json' });
}
