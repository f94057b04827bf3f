import { expect, it } from 'vitest';
import type { ModelRegistry } from '../../src/ports/model-registry.ts';
import type { Target } from '../../src/scoring/bundle.ts';

/** What an adapter brings to be tested: an empty registry with a clock it can set, and sound bundle folders it would take. */
export interface RegistryUnderTest {
  open(now: () => number): ModelRegistry;
  /** A sealed folder of that model and version. */
  bundle(model: Target, version: string): string;
  /** The `n`th version name in time. */
  version(n: number): string;
}

const why = { by: 'ana', why: 'better on the same rows' };

/** Every sentence of ports/model-registry.ts as a test. */
export function modelRegistryContract({ open, bundle, version }: RegistryUnderTest): void {
  const filled = async (now: () => number, versions = 2): Promise<ModelRegistry> => {
    const registry = open(now);
    for (let n = versions; n >= 1; n--) await registry.add(bundle('session', version(n)));
    return registry;
  };

  it('lists what was added, oldest first, by model', async () => {
    const registry = await filled(() => 0, 3);
    await registry.add(bundle('item', version(4)));
    expect((await registry.list('session')).map((one) => one.version)).toEqual([1, 2, 3].map(version));
    expect((await registry.list()).map((one) => one.model).sort()).toEqual(['item', 'session', 'session', 'session']);
  });

  it('opens a version as it was added', async () => {
    const registry = await filled(() => 0);
    const opened = await registry.open('session', version(1));
    expect(opened.manifest.version).toBe(version(1));
    expect(opened.ensemble.members.length).toBe(opened.manifest.members.length);
  });

  it('takes a version once', async () => {
    const registry = await filled(() => 0);
    await expect(registry.add(bundle('session', version(1)))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect((await registry.list('session')).length).toBe(2);
  });

  it.each(['v20260101000000009-0000000b', 'champion', '..', '../../etc', '__proto__', ''])('has no %j', async (name) => {
    const registry = await filled(() => 0);
    expect(await registry.resolve('session', name)).toBeUndefined();
    await expect(registry.open('session', name)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('moves an alias, and answers who moved it and why', async () => {
    const registry = await filled(() => 5);
    await registry.move({ model: 'session', alias: 'champion', version: version(2), ...why });
    expect(await registry.resolve('session', 'champion')).toBe(version(2));
    expect((await registry.open('session', 'champion')).manifest.version).toBe(version(2));
    expect(await registry.history('session', 'champion')).toEqual([
      { model: 'session', alias: 'champion', version: version(2), atMs: 5, ...why },
    ]);
    expect(await registry.history('session', 'shadow')).toEqual([]);
    expect(await registry.resolve('item', 'champion')).toBeUndefined();
  });

  it('takes an alias off', async () => {
    const registry = await filled(() => 5);
    await registry.move({ model: 'session', alias: 'shadow', version: version(1), ...why });
    await registry.move({ model: 'session', alias: 'shadow', version: null, ...why });
    expect(await registry.resolve('session', 'shadow')).toBeUndefined();
  });

  it('refuses a move to a version that is not there, or without a reason, and keeps the history as it was', async () => {
    const registry = await filled(() => 0);
    await expect(registry.move({ model: 'session', alias: 'champion', version: version(9), ...why })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
    await expect(
      registry.move({ model: 'session', alias: 'champion', version: version(1), by: 'ana', why: ' ' }),
    ).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
    expect(await registry.history('session', 'champion')).toEqual([]);
  });

  it('answers which version an alias named at a moment', async () => {
    let now = 100;
    const registry = await filled(() => now);
    await registry.move({ model: 'session', alias: 'champion', version: version(1), ...why });
    now = 200;
    await registry.move({ model: 'session', alias: 'champion', version: version(2), ...why });
    const named = await Promise.all([99, 100, 199, 200, 1e12].map((atMs) => registry.at('session', 'champion', atMs)));
    expect(named).toEqual([undefined, version(1), version(1), version(2), version(2)]);
  });

  it('never moves back in time, whatever the clock does', async () => {
    let now = 200;
    const registry = await filled(() => now);
    await registry.move({ model: 'session', alias: 'champion', version: version(1), ...why });
    now = 100;
    await registry.move({ model: 'session', alias: 'champion', version: version(2), ...why });
    expect(await registry.at('session', 'champion', 200)).toBe(version(2));
    expect(await registry.at('session', 'champion', 150)).toBeUndefined();
  });
}
