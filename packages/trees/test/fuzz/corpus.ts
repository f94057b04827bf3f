import { readdirSync, readFileSync } from 'node:fs';
import { jsonParts, lightgbmParts, type Parts } from './parts.ts';
import { ubjParts } from './ubj-parts.ts';

/** A valid model file that mutants are made of. */
export interface Seedling {
  readonly name: string;
  readonly format: 'json' | 'lightgbm' | 'ubj';
  /** A byte a character. */
  readonly bytes: string;
  readonly parts: Parts;
}

/** Every fixture's model, by name; parts are found when they are first asked for. */
export function openCorpus(root = new URL('../../../../fixtures/models/', import.meta.url)) {
  const names = readdirSync(root).sort();
  const known = new Map<string, Seedling>();
  return {
    names,
    get(name: string): Seedling {
      const seedling = known.get(name) ?? readSeedling(new URL(`${name}/`, root), name);
      known.set(name, seedling);
      return seedling;
    },
  };
}

export type Corpus = ReturnType<typeof openCorpus>;

function readSeedling(folder: URL, name: string): Seedling {
  const file = readdirSync(folder).find((candidate) => candidate.startsWith('model.'))!;
  const bytes = readFileSync(new URL(file, folder), 'latin1');
  if (file.endsWith('.ubj')) return { name, format: 'ubj', bytes, parts: ubjParts(bytes) };
  if (file.endsWith('.txt')) return { name, format: 'lightgbm', bytes, parts: lightgbmParts(bytes) };
  return { name, format: 'json', bytes, parts: jsonParts(bytes) };
}
