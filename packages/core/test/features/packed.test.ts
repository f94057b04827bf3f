import type { ShopEvent } from '@tillcast/core/events/event';
import { openByteRing } from '@tillcast/core/features/byte-ring';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { EngineSettings, FeatureEngine } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { type PackedRoom, packedMap } from '@tillcast/core/features/packed-map';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyLinkedHistory, inKnowableOrder, LATENESS_MS, longLinkedHistory } from './histories.ts';
import { differing, questionsAbout } from './laws.ts';

describe('a ring of records', () => {
  it('gives back what it was given, whole, and forgets the oldest alone', () => {
    const step = fc.record({ key: fc.nat(30), length: fc.nat(40), take: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 300 }), fc.array(step, { maxLength: 200, size: 'max' }), (room, steps) => {
        const ring = openByteRing(room);
        const model = new Map<string, Uint8Array>();
        for (const [index, { key, length, take }] of steps.entries()) {
          const name = `k${key}`;
          if (take || model.has(name)) {
            const found = ring.take(name);
            if (found !== undefined) expect(found).toEqual(model.get(name));
            model.delete(name);
            continue;
          }
          const record = new Uint8Array(length).fill(index);
          expect(ring.put(name, record)).toBe(true);
          model.set(name, record);
          // What is gone by now is older than everything that is left.
          const newest = [...model].reverse();
          let held = 0;
          for (const [, { length: bytes }] of newest.slice(0, ring.size)) held += bytes + 4;
          expect(held).toBeLessThanOrEqual(room);
        }
        const kept = [...model.keys()].slice(-ring.size);
        for (const name of kept.slice(0, ring.size)) expect(ring.take(name)).toEqual(model.get(name));
        expect(ring.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what is larger than half of it', () => {
    expect(openByteRing(100).put('a', new Uint8Array(47))).toBe(false);
    expect(openByteRing(100).put('a', new Uint8Array(46))).toBe(true);
  });
});

/** Texts of changing length, in a box so that they can be changed in place. */
const texts = (room: PackedRoom) =>
  packedMap<{ text: string }>(
    {
      pack: ({ text }) => new TextEncoder().encode(text),
      unpack: (_, bytes) => ({ text: new TextDecoder().decode(bytes) }),
      weigh: ({ text }) => 10 + text.length,
    },
    room,
  );

describe('a map that packs', () => {
  it('with room for the packed is a plain map, whatever is changed in place between two steps', () => {
    const step = fc.record({ keys: fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }), erase: fc.nat(9) });
    fc.assert(
      fc.property(fc.nat(100), fc.array(step, { maxLength: 120, size: 'max' }), (liveBytes, steps) => {
        const map = texts({ liveBytes, packedBytes: 100_000 });
        const model = new Map<string, string>();
        for (const { keys, erase } of steps) {
          map.tidy();
          const held = keys.map((key) => [`k${key}`, map.get(`k${key}`) ?? map.set(`k${key}`, { text: '' })] as const);
          for (const [key, box] of held) {
            box.text += 'x';
            model.set(key, `${model.get(key) ?? ''}x`);
          }
          if (erase === 0) {
            map.delete(held[0]![0]);
            model.delete(held[0]![0]);
          }
        }
        expect(map.size).toBe(model.size);
        for (const [key, text] of model) expect(map.get(key)).toEqual({ text });
      }),
    );
  });

  it('holds no more at hand than it may, and forgets what was packed longest ago', () => {
    const map = texts({ liveBytes: 100, packedBytes: 200 });
    for (let n = 0; n < 100; n += 1) {
      map.set(`k${n}`, { text: 'abcdef' });
      map.tidy();
    }
    expect([...map.values()].length).toBe(6);
    expect(map.size).toBe(6 + 20);
    expect(map.forgotten).toBe(100 - 26);
    expect(map.get('k73')).toBeUndefined();
    expect(map.get('k74')).toEqual({ text: 'abcdef' });
  });

  it('shows whoever is looked at, and changes nothing by it', () => {
    const map = texts({ liveBytes: 100, packedBytes: 200 });
    const put = (n: number): void => {
      map.set(`k${n}`, { text: `text ${n}` });
      map.tidy();
    };
    for (let n = 0; n < 20; n += 1) put(n);
    const atHand = [...map.values()];
    for (let n = 0; n < 20; n += 1) expect(map.look(`k${n}`)?.text ?? `text ${n}`).toBe(`text ${n}`);
    expect(map.look('k3')).toEqual({ text: 'text 3' });
    expect(map.look('nobody')).toBeUndefined();
    map.tidy();
    expect([...map.values()]).toEqual(atHand);
    // Got, it is at hand again: the control.
    map.get('k3');
    map.tidy();
    expect([...map.values()]).not.toEqual(atHand);
  });
});

const settings: EngineSettings = { timeZone: 'UTC', allowedLatenessMs: LATENESS_MS };
/** One or two at hand, all others packed. */
const tight = 60_000;

/** The features whose bits differ between an engine of these bounds and one without, asked along the way and in the end. */
function changed(history: readonly ShopEvent[], bounds: Partial<EngineSettings>): string[] {
  const engines: [FeatureEngine, FeatureEngine] = [openFeatureEngine(settings), openFeatureEngine({ ...settings, ...bounds })];
  const names: string[] = [];
  const arrived = inKnowableOrder(history);
  for (const [index, event] of arrived.entries()) {
    const [applied, same] = engines.map((engine) => engine.apply(event));
    if (applied !== same) names.push('applied');
    if (index % 5 !== 0 && index !== arrived.length - 1) continue;
    for (const question of questionsAbout(arrived.slice(Math.max(0, index - 30), index + 1))) {
      const [row, packed] = engines.map((engine) => engine.row(question));
      names.push(...differing(featureCatalog, row!, packed!));
    }
  }
  return names;
}

const noneChange = (history: readonly ShopEvent[], memoryBytes: number): void =>
  void expect([...new Set(changed(history, { memoryBytes }))]).toEqual([]);

describe('an engine with a bound in bytes', () => {
  it('answers with the same bits, late events and logins included, while there is room for the packed', () => {
    fc.assert(
      fc.property(anyLinkedHistory(), (history) => noneChange(history, tight)),
      { numRuns: 300 },
    );
  });

  it('so it does over long histories', () => {
    fc.assert(
      fc.property(longLinkedHistory(600), (history) => noneChange(history, 1_000_000)),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it('does forget where there is none, so that the above says something', () => {
    const forgets = fc.property(anyLinkedHistory(), (history) => changed(history, { memoryBytes: 600 }).length === 0);
    expect(fc.check(forgets, { seed: 1, numRuns: 100 }).failed).toBe(true);
  });
});
