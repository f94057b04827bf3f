import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const sources = globSync(['packages/*/{src,test}/**/*.ts', 'apps/*/{src,test}/**/*.{ts,tsx}', 'bench/**/*.ts'], { cwd: root });

/** Whether a module imports the published entry, a barrel, instead of the module that it needs. */
const isByEntry = (text: string): boolean => /(?:from|import\()\s*'(?:@tillcast\/trees|@tillcast\/trees\/index)'/.test(text);

describe('the published entry', () => {
  it('is for strangers: the house imports by sub-path', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.filter((file) => isByEntry(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it('would be found where it is imported', () => {
    expect(isByEntry("import { readForest } from '@tillcast/trees';")).toBe(true);
    expect(isByEntry("const { readForest } = await import('@tillcast/trees');")).toBe(true);
    expect(isByEntry("import { readForest } from '@tillcast/trees/read-forest';")).toBe(false);
  });
});
