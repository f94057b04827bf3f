import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { bringLayoutForward, type LayoutStep, layoutSteps, readLayout } from '../../src/cli/data-layout.ts';
import { openEventLog } from '../../src/compose.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-layout-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;
const fresh = (): string => {
  const root = join(scratch, String(made++));
  mkdirSync(root);
  return root;
};

/** A later layout: two files change their places, one step each. */
const later: readonly LayoutStep[] = [
  ...layoutSteps,
  (root) => {
    if (existsSync(join(root, 'a'))) renameSync(join(root, 'a'), join(root, 'b'));
  },
  (root) => {
    mkdirSync(join(root, 'deep'), { recursive: true });
    if (existsSync(join(root, 'b'))) renameSync(join(root, 'b'), join(root, 'deep', 'b'));
  },
];

/** The same steps, of which one dies in its middle or right before it is written down. */
function dyingAt(step: number, when: 'before' | 'after'): readonly LayoutStep[] {
  return later.map((run, at) => (root) => {
    if (at === step && when === 'before') throw new Error('killed');
    run(root);
    if (at === step) throw new Error('killed');
  });
}

describe('the layout of a data directory', () => {
  it('is written down when a directory is made, and once', () => {
    const root = join(scratch, 'new');
    openDataDir(root);
    expect(readLayout(root)).toBe(layoutSteps.length);
    expect(readdirSync(root)).toEqual(['layout.json']);
    openDataDir(root);
    expect(readdirSync(root)).toEqual(['layout.json']);
  });

  it('is taken as the first where nothing says: a directory of a release that did not write it', async () => {
    const root = fresh();
    writeFileSync(join(root, 'tillcast.yaml'), '');
    const log = openEventLog(openDataDir(root), {});
    expect(await log.count()).toBe(0);
    await log.close();
    expect(readLayout(root)).toBe(layoutSteps.length);
  });

  const deaths = later.flatMap((_, step) => (['before', 'after'] as const).map((when) => ({ step, when })));
  it.each(deaths)('killed $when its step $step is written down, goes on from there', ({ step, when }) => {
    const root = fresh();
    writeFileSync(join(root, 'a'), 'kept');
    expect(() => bringLayoutForward(root, dyingAt(step, when))).toThrow('killed');
    expect(readLayout(root)).toBe(step);
    bringLayoutForward(root, later);
    expect(readLayout(root)).toBe(later.length);
    expect(readFileSync(join(root, 'deep', 'b'), 'utf8')).toBe('kept');
  });

  it('of a newer Tillcast is refused: found, known and remedy named; nothing is touched', () => {
    const root = fresh();
    bringLayoutForward(root, later);
    const before = readdirSync(root);
    expect(() => openDataDir(root)).toThrow(
      /newer Tillcast \(layout 3, this one knows 1\); upgrade Tillcast, or restore a backup made before the upgrade/,
    );
    expect(readdirSync(root)).toEqual(before);
  });

  it.each(['', '{}', '{"layout":0}', '{"layout":"1"}', '[]', 'null'])('is refused where %j says it', (text) => {
    const root = fresh();
    writeFileSync(join(root, 'layout.json'), text);
    expect(() => openDataDir(root)).toThrow(/layout\.json is damaged.*restore the directory from a backup/);
  });
});
