import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { costOf } from '@tillcast/trees/cost';
import { afterAll, describe, expect, it } from 'vitest';
import { type DataDir, openDataDir } from '../../src/cli/data-dir.ts';
import { openEventLog, openModelRegistry } from '../../src/compose.ts';
import { evaluate } from '../../src/jobs/evaluate.ts';
import { trainerPython } from '../../src/jobs/run-trainer.ts';
import { train } from '../../src/jobs/train.ts';
import type { TrainingOptions, TrainingOutcome, TrainingProgress } from '../../src/jobs/train-options.ts';
import { type SmallShop, smallShop } from './small-shop.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-train-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function openShop(name: string, shop: SmallShop) {
  const data = openDataDir(join(scratch, name));
  const log = openEventLog(data);
  await log.append(smallShop(shop));
  return { data, log, registry: openModelRegistry(data) };
}

const small = {
  target: 'session',
  horizonMs: 10 * 60_000,
  trials: 2,
  threads: 2,
  maxTrees: 30,
  replicates: 100,
  members: ['xgboost', 'lightgbm'] as readonly MemberName[],
} satisfies Partial<TrainingOptions>;

const installed = trainerPython() !== undefined;
if (!installed) process.stderr.write('skipped: trainer/.venv is not installed (node bootstrap.mjs)\n');

/** Keeps what the trainer wrote, so that `playBack` can stand in for it. */
const keep = (data: DataDir, saved: string) => {
  const [run] = readdirSync(data.runs);
  for (const part of ['evaluated', 'refit']) cpSync(join(data.runs, run!, part), join(saved, part), { recursive: true });
};

/** An interpreter that writes what was kept, without training. */
function playBack(saved: string): string {
  const python = join(saved, 'python');
  writeFileSync(
    python,
    `#!/bin/sh\nrun=$(dirname "$3")\ncase "$3" in *refit-spec.json) cp -r '${saved}'/refit/. "$run/refit";; *) cp -r '${saved}'/evaluated/. "$run/evaluated";; esac\n`,
  );
  chmodSync(python, 0o755);
  return python;
}

async function withPython<T>(python: string, work: () => Promise<T>): Promise<T> {
  process.env.TILLCAST_TRAINER_PYTHON = python;
  try {
    return await work();
  } finally {
    delete process.env.TILLCAST_TRAINER_PYTHON;
  }
}

describe.skipIf(!installed)('train', () => {
  const saved = join(scratch, 'saved');
  let shop: Awaited<ReturnType<typeof openShop>>;
  let first: TrainingOutcome;
  afterAll(() => shop.log.close());

  it('leaves nothing but its study when it is cancelled', async () => {
    shop = await openShop('whole', { sessions: 700 });
    const { data, registry } = shop;
    const controller = new AbortController();
    const stopAtFirstTrial = ({ line }: TrainingProgress) => line?.event === 'trial' && controller.abort();
    await expect(train({ ...shop, ...small, signal: controller.signal, onProgress: stopAtFirstTrial })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(readdirSync(data.runs)).toEqual([]);
    expect(await registry.list()).toEqual([]);
    expect(readdirSync(data.studies).length).toBe(1);
  }, 120_000);

  it('goes on where it stopped, and makes a verified champion of stored events', async () => {
    const { data, registry } = shop;
    const said: TrainingProgress[] = [];
    first = await train({
      ...{ ...shop, ...small },
      onProgress: (progress) => {
        said.push(progress);
        if (progress.stage === 'bundle') keep(data, saved);
      },
    });
    expect(new Set(said.map(({ stage }) => stage))).toEqual(
      new Set(['dataset', 'search', 'blend', 'evaluate', 'refit', 'bundle']),
    );
    const trials = said.filter(({ stage, line }) => stage === 'search' && line?.event === 'trial').length;
    expect(trials).toBeGreaterThan(0);
    expect(trials).toBeLessThan(small.trials * small.members.length);
    expect(first.parity.rawMaxAbs).toBeLessThanOrEqual(1e-9);
    expect(first.parity.rows).toBeGreaterThan(20);
    expect(first.promoted, first.reasons.join('\n')).toBe(true);
    expect(await registry.resolve('session', 'champion')).toBe(first.manifest.version);
    expect((await registry.open('session', 'champion')).ensemble.members.length).toBe(first.manifest.members.length);
    expect(readdirSync(data.runs)).toEqual([first.manifest.version]);
    expect(readdirSync(first.run).sort()).toEqual([
      'dataset.parquet',
      'evaluated',
      'refit-spec.json',
      'report.json',
      'run.json',
      'spec.json',
    ]);
  }, 120_000);

  it('evaluates to the same figures again', async () => {
    expect((await evaluate(shop.data.runs, first.manifest.version)).report).toEqual(first.report);
  });

  it('makes the same model of the same data, spec and seed, never interrupted, elsewhere', async () => {
    const other = await openShop('elsewhere', { sessions: 700 });
    const again = await train({ ...other, ...small });
    expect(again.manifest.contentHash).toBe(first.manifest.contentHash);
    const { backgrounds } = await shop.registry.open('session', 'champion');
    expect(backgrounds!.training!.rowCount).toBe(256);
    expect(backgrounds!.buyers!.rowCount).toBeGreaterThan(10);
    expect((await other.registry.open('session', again.manifest.version)).backgrounds).toEqual(backgrounds);
    await other.log.close();
  }, 120_000);

  it('keeps to a latency budget, says what it costs, and evaluates to the same figures again', async () => {
    const other = await openShop('budget', { sessions: 700 });
    const members = ['xgboost', 'random_forest'] as const;
    const outcome = await train({ ...other, ...small, trials: 0, members, latencyBudgetUnits: 1_500 });
    const { latency, report } = outcome;
    expect(latency.units).toBeLessThanOrEqual(1_500);
    expect(latency.nsPerUnit > 0 && latency.measuredNs > 0).toBe(true);
    expect(report.latency!.units).toBeLessThanOrEqual(1_500);
    expect(report.latency!.front.at(-1)!.units).toBeGreaterThan(1_500);
    expect((await evaluate(other.data.runs, outcome.manifest.version)).report).toEqual(report);
    const { ensemble } = await other.registry.open('session', outcome.manifest.version);
    const units = ensemble.members.map(({ forest }) => costOf(forest)).reduce((sum, cost) => sum + cost.score + cost.explain, 0);
    expect(units).toBe(latency.units);
    await other.log.close();
  }, 120_000);

  it('keeps the champion where a newcomer is not better on the same rows', async () => {
    const second = await withPython(playBack(saved), () => train({ ...shop, ...small }));
    expect(second.promoted).toBe(false);
    expect(second.reasons.at(-1)).toContain(`against the champion ${first.manifest.version}: difference +0.00000`);
    expect(await shop.registry.resolve('session', 'champion')).toBe(first.manifest.version);
    expect((await shop.registry.list()).length).toBe(2);
  });

  it('registers nothing where TypeScript does not reproduce a member', async () => {
    const path = join(saved, 'refit', 'members', 'lightgbm.txt');
    const changed = readFileSync(path, 'utf8').replace(
      /^leaf_value=(\S+)/m,
      (_, value: string) => `leaf_value=${Number(value) + 1e-6}`,
    );
    writeFileSync(path, changed);
    const before = [await shop.registry.list(), readdirSync(shop.data.runs)];
    await expect(withPython(playBack(saved), () => train({ ...shop, ...small }))).rejects.toMatchObject({
      code: 'PARITY_BROKEN',
    });
    expect([await shop.registry.list(), readdirSync(shop.data.runs)]).toEqual(before);
  });
});

describe('what cannot be learnt from', () => {
  const refusal = async (name: string, shop: SmallShop, wish: Partial<TrainingOptions> = {}) => {
    const parts = await openShop(name, shop);
    try {
      return await train({ ...parts, ...small, ...wish }).catch((error: unknown) => error);
    } finally {
      await parts.log.close();
      expect(readdirSync(parts.data.runs)).toEqual([]);
    }
  };

  it('few buyers: says how many are missing', async () => {
    const error = await refusal('few', { sessions: 40, signal: 0 });
    expect(error).toMatchObject({ code: 'TOO_FEW_POSITIVES' });
    expect(String(error)).toMatch(/\d+ of \d+ rows are positive; at least 25 are needed, \d+ are missing/);
  });

  it('no events', async () => expect(await refusal('none', { sessions: 0 })).toMatchObject({ code: 'INPUT_INVALID' }));

  it('a horizon longer than the data', async () => {
    const error = await refusal('long', { sessions: 100 }, { horizonMs: 48 * 3_600_000 });
    expect(error).toMatchObject({ code: 'TOO_FEW_POSITIVES' });
    expect(String(error)).toContain('choose a shorter --horizon');
  });
});
