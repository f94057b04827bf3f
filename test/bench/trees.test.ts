import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkAnswers, type Facts, type Reference } from '../../bench/trees/check-answers.ts';
import { holdContest } from '../../bench/trees/contest.ts';
import type { Host } from '../../bench/trees/hosts.ts';
import { medianOf } from '../../bench/trees/measure.ts';
import { ratioPairs, ratiosOf } from '../../bench/trees/ratios.ts';
import type { Report } from '../../bench/trees/report.ts';

const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'tillcast-bench-trees-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const promised = [
  'score_row_vs_python',
  'score_row_vs_onnxruntime',
  'score_batch_vs_python',
  'shap_row_vs_python',
  'shap_batch_vs_python',
  'lime_vs_lime',
];

describe('npm run bench:trees', () => {
  it('answers as Python does, and ends with one line of ratios, machine and medians', () => {
    const models = join(scratch, 'models');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['bench/trees/main.ts', '--tiny', '--json', '--rounds', '2', '--slice-ms', '2', '--models', models],
      { cwd: root, encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Report;
    expect(Object.keys(report.ratios)).toEqual(expect.arrayContaining(promised));
    for (const name of ['score_row_vs_python', 'score_batch_vs_python', 'shap_row_vs_python', 'shap_batch_vs_python']) {
      expect(report.ratios[name]).toBeGreaterThan(0);
      const [low, high] = report.ranges[name]!;
      expect(low).toBeLessThanOrEqual(high);
    }
    // What has no peer here is said to be unknown, not left out.
    expect(report.ratios.score_row_vs_onnxruntime).toBeNull();
    expect(report.missing).toHaveProperty('onnxruntime-node');
    expect(report.medians.score_row).toMatchObject({
      python: expect.any(Number),
      typescript: expect.any(Number),
      core: expect.any(Number),
    });
    expect(report).toMatchObject({ refused: [], rounds: 2, machine: { cpu: expect.any(String), cores: expect.any(Number) } });
    expect(report.gaps['typescript/score_row']).toBeLessThanOrEqual(1e-6);
    expect(report.gaps['core/shap_row.served']).toBeLessThanOrEqual(1e-5);
  });
});

/** A contender of two tasks that speaks the protocol; it is wrong by `error`, and takes `ms` a call. */
function pretender(name: string, { error = 0, ms = 1 } = {}): Host {
  const file = join(scratch, `${name}.mjs`);
  writeFileSync(
    file,
    `import { createInterface } from 'node:readline';
     const values = { score_row: [[0.25 + ${error}, 0.5]], score_batch: [[0.25 + ${error}, 0.5]] };
     for await (const line of createInterface({ input: process.stdin })) {
       const { ask, task, calls } = JSON.parse(line);
       const replies = {
         open: { loadMs: 1, addedMiB: 1, totalMiB: 1 },
         prepare: { tasks: Object.keys(values), about: {} },
         time: { ms: ${ms} * calls },
         answer: { values: values[task] },
       };
       console.log(JSON.stringify(replies[ask]));
     }`,
  );
  return { contenders: [name], threads: 1, command: process.execPath, args: [file] };
}

const contest = (hosts: readonly Host[]) =>
  holdContest({
    hosts,
    ours: 'typescript',
    reference: 'python',
    facts: { width: 2, baseRate: 0.1 },
    rows: { batchRows: 10, microBatchRows: 4, manyRows: 8 },
    pace: { sliceMs: 4, rounds: 3, until: Number.POSITIVE_INFINITY, now: () => 0 },
    loads: 1,
  });

describe('a contest', () => {
  it('measures whoever answers rightly, in time a row', async () => {
    const { measured, refused, loading } = await contest([pretender('python', { ms: 20 }), pretender('typescript', { ms: 2 })]);
    expect(refused).toEqual([]);
    expect(Object.keys(loading)).toEqual(['python', 'typescript']);
    const micros = (contender: string, task: string) =>
      medianOf(measured.find((of) => of.contender === contender && of.task === task)!.rounds);
    expect(micros('python', 'score_row')).toBeCloseTo(20_000, 6);
    expect(micros('python', 'score_batch')).toBeCloseTo(2_000, 6);
    expect(ratiosOf(measured, 'typescript').score_row_vs_python?.value).toBeCloseTo(10, 6);
  });

  it.each(['onnxruntime', 'typescript'])('refuses wrong answers of %s and gives no ratio for them', async (liar) => {
    const hosts = ['python', 'onnxruntime', 'typescript'].map((name) => pretender(name, { error: name === liar ? 2e-6 : 0 }));
    const { measured, refused } = await contest(hosts);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toContain(`${liar}/score_row is wrong by 0.000002`);
    expect(measured.map(({ contender }) => contender)).not.toContain(liar);
    expect(ratiosOf(measured, 'typescript').score_row_vs_onnxruntime).toBeUndefined();
  });
});

describe('checking answers', () => {
  const facts: Facts = { width: 6, baseRate: 0.1 };
  const lime = Float64Array.of(5, -4, 3, -2, 1, 0.1);
  const reference: Reference = {
    answers: async (task) => (task === 'lime' ? [lime] : [Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, -1)]),
  };

  it('lets XGBoost have its float32, and no other', async () => {
    const near = [Float64Array.of(0.1 + 5e-6, 0.2, 0.3, 0.4, 0.5, 0.6, -1)];
    await expect(checkAnswers('shap_row.xgboost', near, reference, facts)).resolves.toBeCloseTo(5e-6, 9);
    await expect(checkAnswers('shap_row.lightgbm', near, reference, facts)).rejects.toThrow(/wrong by/);
  });

  it.each([
    ['another length', Float64Array.of(0.1)],
    ['not a number', Float64Array.of(Number.NaN, 0.2, 0.3, 0.4, 0.5, 0.6, -1)],
    ['another base value', Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, -1.01)],
  ])('refuses %s', async (_, wrong) => {
    await expect(checkAnswers('shap_row.lightgbm', [wrong], reference, facts)).rejects.toThrow();
  });

  it('wants of LIME most of the strongest features, signs included', async () => {
    await expect(checkAnswers('lime', [lime.map((weight) => 2 * weight)], reference, facts)).resolves.toBe(1);
    await expect(checkAnswers('lime_cold', [lime.map((weight) => -weight)], reference, facts)).rejects.toThrow(/strongest/);
  });
});

it('every ratio compares two sides of the same work', () => {
  for (const [name, [theirs, ours]] of Object.entries(ratioPairs)) {
    const work = (side: string) =>
      side
        .split('/')[1]!
        .split('.')[0]!
        .replace(/^lime.*/, 'lime');
    expect(work(theirs), name).toBe(work(ours));
  }
});
