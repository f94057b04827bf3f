import type { Cache } from '@tillcast/core/ports/cache';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** A cache to be tested, a second view of it, and its clock. */
export interface CacheUnderTest {
  readonly cache: Cache;
  /** Another process's view of the same cache; the same one where it is a process's own. */
  readonly other: Cache;
  readonly pass: (ms: number) => Promise<void>;
}

export type CacheLaw = (test: CacheUnderTest) => Promise<void>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);
let scopes = 0;
const aScope = (): string => `scope {${scopes++}}`;

/** The sentences of the port `Cache`. Plain functions, so that a planted fault can be shown to break them. */
export const cacheLaws: Readonly<Record<string, CacheLaw>> = {
  'is a map by scope and key, for everybody who shares it': ({ cache, other }) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            scope: fc.nat(1),
            key: fc.constantFrom('', 'a', 'a:b', '{x}', '漢'),
            value: fc.uint8Array({ maxLength: 20 }),
            purge: fc.nat(6),
          }),
        ),
        async (steps) => {
          const names = [aScope(), aScope()];
          const model = new Map<string, Uint8Array>();
          for (const { scope, key, value, purge } of steps) {
            if (purge === 0) {
              await other.purge(names[scope]!);
              for (const name of [...model.keys()]) if (name.startsWith(`${scope}`)) model.delete(name);
            } else {
              await cache.set(names[scope]!, key, value, 60_000);
              model.set(`${scope}${key}`, value);
            }
            for (const one of [0, 1])
              for (const asked of ['', 'a', 'a:b', '{x}', '漢']) {
                const found = await other.get(names[one]!, asked);
                expect(found && [...found]).toEqual(model.get(`${one}${asked}`) && [...model.get(`${one}${asked}`)!]);
              }
          }
        },
      ),
      { numRuns: 15 },
    ),

  'gives nothing after its time': async ({ cache, other, pass }) => {
    const scope = aScope();
    await cache.set(scope, 'short', bytes('1'), 40);
    await cache.set(scope, 'long', bytes('2'), 60_000);
    expect(textOf(await other.get(scope, 'short'))).toBe('1');
    await pass(60);
    expect(await other.get(scope, 'short')).toBeUndefined();
    expect(textOf(await other.get(scope, 'long'))).toBe('2');
  },

  'gives what is the caller’s own': async ({ cache }) => {
    const scope = aScope();
    const given = bytes('abc');
    await cache.set(scope, 'k', given, 60_000);
    given[0] = 0;
    (await cache.get(scope, 'k'))![1] = 0;
    expect(textOf(await cache.get(scope, 'k'))).toBe('abc');
  },
};

/** The sentences of the port `Cache`, as tests; every store runs them. */
export function cacheContract(open: () => CacheUnderTest): void {
  it.each(Object.keys(cacheLaws))('%s', (name) => cacheLaws[name]!(open()));
}
