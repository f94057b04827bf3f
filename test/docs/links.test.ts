import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const pages = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => ['node_modules', '.venv', 'dist', '.tillcast'].includes(name),
});

/** Relative links of a page, and the paths of the house it names in code marks. */
const linksOf = (page: string, text: string): string[] => [
  ...Array.from(text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g), ([, to]) => join(dirname(page), to!)),
];
const namedIn = (text: string): string[] =>
  Array.from(
    text.matchAll(/`((?:packages|apps|trainer|contracts|fixtures|bench|docs|test|examples)\/[\w./-]+)`/g),
    ([, path]) => path!,
  );

const missing = (page: string, text: string): string[] =>
  [...linksOf(page, text), ...namedIn(text)].filter((path) => !existsSync(join(root, path)));

describe('the documents', () => {
  it.each(pages)('%s names only what is there', (page) => {
    expect(missing(page, readFileSync(join(root, page), 'utf8'))).toEqual([]);
  });

  it('would be caught naming what is not', () => {
    expect(missing('docs/x.md', 'see [there](nowhere.md) and `packages/core/src/nothing.ts`')).toHaveLength(2);
  });
});

describe('the architecture page', () => {
  it('knows every folder of the server and of core', () => {
    const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const folders = ['packages/core/src', 'apps/server/src'].flatMap((parent) => globSync('*/', { cwd: join(root, parent) }));
    expect(folders.length).toBeGreaterThan(10);
    expect(folders.filter((folder) => !page.includes(`${folder.replace(/\/$/, '')}/`) && !page.includes(folder))).toEqual([]);
  });
});
