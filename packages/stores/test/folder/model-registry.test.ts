import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelRegistryContract } from '../../../core/test/contract/model-registry.ts';
import { openFolderRegistry } from '../../src/folder/model-registry.ts';
import { newKeys, scratchPath, tinyBundle, tinyFiles, tinyForest, versionOf } from './tiny-bundle.ts';

const keys = newKeys();
const bundle = (model: 'item' | 'session', version: string) => tinyBundle(keys, tinyFiles(version, model));
const open = (folder = scratchPath('models'), now: () => number = () => 0) => openFolderRegistry({ folder, keys, now });
const champion = (version: string) => ({ model: 'session', alias: 'champion', version, by: 'ana', why: 'a test' }) as const;

describe('folder registry', () => modelRegistryContract({ open: (now) => open(undefined, now), bundle, version: versionOf }));

describe('folder registry, on disk', () => {
  it('keeps versions and moves over a restart', async () => {
    const folder = scratchPath('models');
    await open(folder).add(bundle('session', versionOf(1)));
    await open(folder).move(champion(versionOf(1)));
    expect(await open(folder).resolve('session', 'champion')).toBe(versionOf(1));
  });

  it('passes over a move that a crash cut short, and goes on after it', async () => {
    const folder = scratchPath('models');
    await open(folder).add(bundle('session', versionOf(1)));
    await open(folder).add(bundle('session', versionOf(2)));
    await open(folder).move(champion(versionOf(1)));
    appendFileSync(join(folder, 'session', 'aliases.ndjson'), '{"model":"session","alias":"champion","vers');
    expect(await open(folder).resolve('session', 'champion')).toBe(versionOf(1));
    await open(folder).move(champion(versionOf(2)));
    expect((await open(folder).history('session', 'champion')).map((move) => move.version)).toEqual([versionOf(1), versionOf(2)]);
  });

  it('passes over a move of which a power cut lost the beginning alone, and goes on after it', async () => {
    const folder = scratchPath('models');
    await open(folder).add(bundle('session', versionOf(1)));
    await open(folder).move(champion(versionOf(1)));
    appendFileSync(join(folder, 'session', 'aliases.ndjson'), `${'\0'.repeat(40)}by":"ana","why":"a test"}\n`);
    expect(await open(folder).resolve('session', 'champion')).toBe(versionOf(1));
    await open(folder).move({ ...champion(versionOf(1)), alias: 'challenger' });
    expect(await open(folder).history('session', 'challenger')).toHaveLength(1);
  });

  it('does not pass over damage in a move that was acknowledged', async () => {
    const folder = scratchPath('models');
    await open(folder).add(bundle('session', versionOf(1)));
    await open(folder).move(champion(versionOf(1)));
    const path = join(folder, 'session', 'aliases.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"champion"', '"champ"'));
    await expect(open(folder).history('session', 'champion')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('leaves no trace of a bundle it refuses', async () => {
    const folder = scratchPath('models');
    const bad = tinyBundle(keys, tinyFiles(versionOf(1), 'session', { 'members/random_forest.json': tinyForest(0.81) }));
    await expect(open(folder).add(bad)).rejects.toMatchObject({ code: 'PARITY_BROKEN' });
    expect(existsSync(folder)).toBe(false);
  });

  it('sweeps what an interrupted copy left, and not what may still be written', async () => {
    const folder = scratchPath('models');
    const [stale, fresh] = ['.incoming-stale', '.incoming-fresh'].map((name) => join(folder, 'session', name));
    for (const path of [stale!, fresh!]) mkdirSync(path, { recursive: true });
    utimesSync(stale!, 1, 1);
    await open(folder, Date.now).add(bundle('session', versionOf(1)));
    expect(readdirSync(join(folder, 'session')).sort()).toEqual(['.incoming-fresh', versionOf(1)]);
  });

  it('refuses a bundle that lies under another version or model than its own', async () => {
    const folder = scratchPath('models');
    await open(folder).add(bundle('session', versionOf(1)));
    cpSync(join(folder, 'session', versionOf(1)), join(folder, 'session', versionOf(2)), { recursive: true });
    cpSync(join(folder, 'session', versionOf(1)), join(folder, 'item', versionOf(1)), { recursive: true });
    await expect(open(folder).open('session', versionOf(2))).rejects.toMatchObject({ code: 'BUNDLE_REFUSED' });
    await expect(open(folder).open('item', versionOf(1))).rejects.toMatchObject({ code: 'BUNDLE_REFUSED' });
  });

  it('refuses a bundle whose features this build does not compute, or computes otherwise', async () => {
    const folder = scratchPath('models');
    await open(folder).add(bundle('session', versionOf(1)));
    const under = (features: { names: string[]; hash?: string }) => openFolderRegistry({ folder, keys, now: () => 0, features });
    await expect(under({ names: ['events'] }).open('session', versionOf(1))).rejects.toThrow('price');
    await expect(under({ names: ['events', 'price'], hash: 'deadbeef' }).open('session', versionOf(1))).rejects.toThrow(
      'train again',
    );
    expect((await under({ names: ['price', 'events'], hash: 'c0ffee00' }).open('session', versionOf(1))).manifest.model).toBe(
      'session',
    );
  });
});
