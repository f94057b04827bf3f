import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readForest } from '../src/read-forest.ts';
import { readFixture } from './fixture.ts';
import type { Finding } from './fuzz/campaign.ts';
import { openCorpus } from './fuzz/corpus.ts';
import { byteDamages } from './fuzz/damage-bytes.ts';
import { partDamages } from './fuzz/damage-parts.ts';
import { findFault, judge } from './fuzz/judge.ts';
import { makeMutant } from './fuzz/mutant.ts';
import { isPlanted } from './fuzz/planted-readers.ts';
import { type Bounds, runCampaign, stretchesOf } from './fuzz/pool.ts';
import { report } from './fuzz/report.ts';

const MUTANTS = process.env.TILLCAST_LONG === '1' ? 1_000_000 : 10_000;
const SEED = 4;
const bounds: Bounds = { workers: 2, hangMs: 20_000, heapMb: 512, residentMb: 1_500, stopAfter: 20 };

const explained = ({ findings }: { findings: readonly Finding[] }) =>
  findings.map(({ seed, number, fixture, fault }) => `--seed ${seed} --only ${number} --fixture ${fixture}: ${fault}`);

describe('mutants of every fixture', () => {
  it(`${MUTANTS}: refused by name, or sound; no crash, no hang, no hoard`, { timeout: 1_800_000 }, async () => {
    const start = performance.now();
    const tally = await runCampaign(stretchesOf(SEED, MUTANTS), 'readForest', bounds);
    console.log(report(tally, (performance.now() - start) / 1_000));
    expect(explained(tally)).toEqual([]);
    expect(tally.refused + tally.believed).toBe(MUTANTS);
    expect(tally.believed).toBeGreaterThan(MUTANTS / 10);
    for (const library of ['catboost', 'lightgbm', 'sklearn', 'xgboost']) {
      const [refused, believed] = tally.byLibrary[library]!;
      expect(Math.min(refused, believed), library).toBeGreaterThan(MUTANTS / 100);
    }
    const damages = [...Object.keys(partDamages), ...Object.keys(byteDamages)];
    expect(Object.keys(tally.byDamage).sort()).toEqual(damages.sort());
  });

  it('every mutant that once broke a reader is harmless now', { timeout: 120_000 }, async () => {
    const seeds = JSON.parse(readFileSync(new URL('fuzz-seeds.json', import.meta.url), 'utf8')) as Seed[];
    const stretches = seeds.map(({ seed, number, fixture }) => ({ seed, from: number, count: 1, fixture }));
    const tally = await runCampaign(stretches, 'readForest', bounds);
    expect(explained(tally)).toEqual([]);
    expect(tally.refused + tally.believed).toBe(seeds.length);
    expect(seeds.length).toBeGreaterThan(5);
  });
});

interface Seed {
  readonly seed: number;
  readonly number: number;
  readonly fixture: string;
  readonly broke: string;
}

/** The believed mutants among the first ones that planted faults strike. */
function plantedOf(count: number): number[] {
  const corpus = openCorpus();
  const mutants = Array.from({ length: count }, (_, number) => makeMutant(corpus, { seed: SEED, number }));
  const struck = mutants.filter((mutant) => isPlanted(mutant.bytes) && judge(mutant, readForest) === 'believed');
  expect(struck.length).toBeGreaterThan(1);
  return struck.map(({ id }) => id.number);
}

describe('negative controls: a reader with a planted fault', () => {
  const few = { ...bounds, stopAfter: 3 };

  it.each([
    ['throws', 'throwing', /^crash in reading: TypeError: planted/, bounds.hangMs],
    ['never ends', 'hanging', /^hang: longer than 1500 ms$/, 1_500],
    ['answers NaN', 'senseless', /^score NaN of odd row 0$/, bounds.hangMs],
    ['takes memory without end', 'swelling', /^memory: more than a worker may hold$/, bounds.hangMs],
  ])(
    'that %s on some files is found on each of them, and the others are judged all the same',
    async (_, reader, fault, hangMs) => {
      const count = 250;
      const struck = plantedOf(count);
      const narrow = { ...bounds, hangMs, residentMb: 700, stopAfter: 100 };
      const tally = await runCampaign(stretchesOf(SEED, count), reader, narrow);
      expect(tally.findings.map(({ number }) => number).sort((one, other) => one - other)).toEqual(struck);
      for (const found of tally.findings) expect(found.fault).toMatch(fault);
      expect(tally.refused + tally.believed).toBe(count - struck.length);
    },
  );

  it('that does not catch what fails to parse is found to crash', async () => {
    expect(explained(await runCampaign(stretchesOf(SEED, 500), 'trusting', few))[0]).toMatch(/: crash in reading: SyntaxError/);
  });

  it('that checks no index is found to hang, and no number, to answer without sense', async () => {
    const found = explained(
      await runCampaign(stretchesOf(SEED, 1_000, 0, 'sklearn-forest-known-or-missing'), 'unchecked', {
        ...few,
        hangMs: 1_500,
        stopAfter: 12,
      }),
    );
    expect(found.join('\n')).toMatch(/: hang: longer than 1500 ms/);
    expect(found.join('\n')).toMatch(/: (?:score (?:NaN|-?Infinity)|contributions sum to)/);
  });

  it('that takes memory for what a file claims is found to hoard', async () => {
    const found = explained(
      await runCampaign(stretchesOf(SEED, 2_000, 0, 'xgboost-stump'), 'hoarding', { ...few, heapMb: 64, stopAfter: 1 }),
    );
    expect(found[0]).toMatch(/the process ended \(SIGABRT\): FATAL ERROR: .*memory/);
  });
});

describe('negative control: a forest that was not checked', () => {
  const { text } = readFixture('catboost-default');
  const forest = readForest(Buffer.from(text));
  const withLeaves = (bad: number) => ({
    ...forest,
    value: forest.value.map((value, node) => (forest.feature[node] === -1 ? bad : value)),
  });

  it('is found out by its answers', () => {
    expect(findFault(forest)).toBeUndefined();
    expect(findFault(withLeaves(Number.NaN))).toMatch(/^score NaN/);
    expect(findFault(withLeaves(1e308))).toMatch(/^score Infinity/);
    expect(findFault({ ...forest, cover: forest.cover.map(() => Number.POSITIVE_INFINITY) })).toMatch(/^contributions sum to/);
  });
});
