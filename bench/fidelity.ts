import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { topReasons } from '@tillcast/core/explaining/top-reasons';
import { blendRow } from '@tillcast/core/scoring/blend-log-odds';
import type { Blend, Ensemble, MemberName } from '@tillcast/core/scoring/ensemble';
import { openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { weightedForests } from '@tillcast/core/scoring/weighted-members';
import { type Forest, LEAF } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';

/**
 * How true contributions are to the served log-odds. The truth is brute force: the Shapley value over all 2^n sets of known features, of the log-odds
 * that the served way of combining makes of each member's path-dependent expectation. Boosted members must meet it to rounding; the forest's
 * contributions are carried from probability to log-odds, and the price of that is printed here: on fixture models of balanced data, and with
 * `--table` on a shop's own, where few buy. `--write` keeps the fixtures' figures where model cards find them.
 */

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '80' },
    /** A training table (dataset.parquet of a run): small models of eight of its features are fitted by the real libraries and studied as well. */
    table: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const figures = join(import.meta.dirname, '..', 'packages', 'core', 'src', 'learning', 'data', 'fidelity.json');
const mostRows = Number(flags.rows);
const fixtures = join(import.meta.dirname, '..', 'fixtures', 'models');
/** Fixture models of the same five features; suffixes that all four libraries have. */
const variants = ['default', 'missing', 'many-trees'] as const;
const prefixes: Readonly<Record<MemberName, string>> = {
  catboost: 'catboost',
  xgboost: 'xgboost',
  lightgbm: 'lightgbm',
  random_forest: 'sklearn-forest',
};

interface Fixture {
  readonly forest: Forest;
  readonly rows: readonly Float32Array[];
}

function readFixture(name: MemberName, variant: string): Fixture {
  const folder = join(fixtures, `${prefixes[name]}-${variant === 'missing' && name === 'catboost' ? 'missing-min' : variant}`);
  const model = readFileSync(join(folder, name === 'lightgbm' ? 'model.txt' : 'model.json'), 'utf8');
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    rows: (number | string | null)[][];
    base_margin?: number;
  };
  const rows = expected.rows
    .filter((row) => row.every((value) => value === null || (typeof value === 'number' && Math.abs(value) < 1e6)))
    .map((row) => Float32Array.from(row, (value) => (value === null ? Number.NaN : Number(value))));
  return { forest: readForest(model, { baseMargin: expected.base_margin, file: folder }), rows };
}

/** The mean score where only the features of `known` are told: unknown ones follow the training weight (Lundberg et al. 2020, algorithm 1). */
function expectation(
  { roots, feature, value, left, right, missingGoesLeft, cover, divisor, baseMargin }: Forest,
  row: Float32Array,
  known: number,
): number {
  const below = (node: number): number => {
    const column = feature[node]!;
    if (column === LEAF) return value[node]!;
    const [l, r] = [left[node]!, right[node]!];
    if ((known >> column) & 1) {
      const x = row[column]!;
      return below(Number.isNaN(x) ? (missingGoesLeft[node] === 1 ? l : r) : x <= value[node]! ? l : r);
    }
    // As the libraries divide: by the parent's own weight, evenly where no training row came.
    return cover[node]! > 0 ? (cover[l]! * below(l) + cover[r]! * below(r)) / cover[node]! : (below(l) + below(r)) / 2;
  };
  return roots.reduce((sum, root) => sum + below(root), 0) / divisor + baseMargin;
}

/** Shapley 1953: the mean over all orders of what a feature adds, as a sum over all sets of the others. */
function shapleyValues(count: number, worth: Float64Array): Float64Array {
  const factorial = Array.from({ length: count + 1 }, (_, n) =>
    Array.from({ length: n }, (_, k) => k + 1).reduce((a, b) => a * b, 1),
  );
  return Float64Array.from({ length: count }, (_, feature) => {
    let value = 0;
    for (let set = 0; set < worth.length; set++) {
      if ((set >> feature) & 1) continue;
      let size = 0;
      for (let bits = set; bits !== 0; bits &= bits - 1) size++;
      const weight = (factorial[size]! * factorial[count - size - 1]!) / factorial[count]!;
      value += weight * (worth[set | (1 << feature)]! - worth[set]!);
    }
    return value;
  });
}

function servedWorth({ blend, ...ensemble }: Ensemble, row: Float32Array): Float64Array {
  const members = weightedForests({ ...ensemble, blend });
  return Float64Array.from(
    { length: 2 ** row.length },
    (_, known) =>
      blendRow(
        blend,
        members,
        members.map(({ forest }) => expectation(forest, row, known)),
      ).served,
  );
}

interface Fidelity {
  readonly rows: number;
  readonly topReasonAgrees: number;
  readonly meanErrorToMeanPhi: number;
  readonly largestError: number;
}

function measure(ensemble: Ensemble, rows: readonly Float32Array[]): Fidelity {
  const explainer = openEnsembleExplainer(ensemble);
  let [agrees, error, phi, largest] = [0, 0, 0, 0];
  for (const row of rows) {
    const truth = shapleyValues(row.length, servedWorth(ensemble, row));
    const { contributions } = explainer.explain(row);
    if (topReasons(truth, 1)[0] === topReasons(contributions, 1)[0]) agrees++;
    for (const [feature, value] of truth.entries()) {
      const gap = Math.abs(contributions[feature]! - value);
      error += gap;
      phi += Math.abs(value);
      largest = Math.max(largest, gap);
    }
  }
  return { rows: rows.length, topReasonAgrees: agrees / rows.length, meanErrorToMeanPhi: error / phi, largestError: largest };
}

interface Study {
  readonly models: string;
  readonly members: readonly { readonly name: MemberName; readonly forest: Forest }[];
  readonly rows: readonly Float32Array[];
  /** What the forest is shrunk to: about the base rate. */
  readonly pi: number;
}

function fixtureStudy(variant: (typeof variants)[number]): Study {
  const members = (Object.keys(prefixes) as MemberName[]).map((name) => ({ name, ...readFixture(name, variant) }));
  // Each member's rows lie on its own thresholds: take of each in turn.
  const rows = Array.from({ length: mostRows }, (_, at) => members[at % members.length]!.rows[Math.floor(at / members.length)]);
  return { models: variant, members, rows: rows.filter((row) => row !== undefined), pi: 0.3 };
}

/** Models of a shop's table, fitted by the libraries of the trainer. */
function tableStudy(table: string): Study {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-fidelity-'));
  const trainer = join(import.meta.dirname, '..', 'trainer');
  try {
    const { status, stderr } = spawnSync(
      join(trainer, '.venv', 'bin', 'python'),
      [join(import.meta.dirname, 'fidelity_models.py'), table, folder, String(mostRows)],
      { env: { ...process.env, PYTHONPATH: join(trainer, 'src') }, encoding: 'utf8' },
    );
    if (status !== 0) throw new TillcastError('TRAINER_FAILED', stderr.trim().split('\n').at(-1) ?? 'no reason given');
    const read = (name: MemberName, file: string) => ({
      name,
      forest: readForest(readFileSync(join(folder, file), 'utf8'), { file }),
    });
    const { rows, base_rate: pi } = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as {
      rows: (number | null)[][];
      base_rate: number;
    };
    return {
      models: `shop, ${(100 * pi).toFixed(1)} % buy`,
      members: [read('xgboost', 'xgboost.json'), read('lightgbm', 'lightgbm.txt'), read('random_forest', 'random_forest.json')],
      rows: rows.map((row) => Float32Array.from(row, (value) => value ?? Number.NaN)),
      pi,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const forestShares = [0, 0.1, 0.3, 0.6, 1];

/** Weights that give the forest a share and the boosted members the rest, evenly. */
function weightsOf({ members }: Study, forestShare: number): Blend['weights'] {
  const boosted = members.filter(({ name }) => name !== 'random_forest');
  return Object.fromEntries([
    ...boosted.map(({ name }) => [name, (1 - forestShare) / boosted.length] as const),
    ['random_forest', forestShare] as const,
  ]);
}

function resultsOf(study: Study) {
  const featureNames = Array.from({ length: study.members[0]!.forest.featureCount }, (_, i) => `feature_${i}`);
  const result = (label: string, kind: Blend['kind'], forestShare: number) => {
    const calibration = { platt: { slope: 0.95, intercept: 0.1 }, forestShrinkage: { lambda: 0.005, pi: study.pi } };
    const blend: Blend = { kind, weights: weightsOf(study, forestShare), ...calibration };
    return {
      models: study.models,
      blend: label,
      kind,
      forestShare,
      ...measure({ featureNames, members: study.members, blend }, study.rows),
    };
  };
  return [
    ...forestShares.map((share) => result(share === 0 ? 'boosted alone' : `forest ${100 * share} %`, 'log_odds', share)),
    result('soft, forest 10 %', 'soft', 0.1),
  ];
}

type Result = ReturnType<typeof resultsOf>[number];

/** The lowest and highest of the studies on fixtures, by kind of blend and the forest's share. */
function keep(results: readonly Result[]): void {
  const range = (of: readonly Result[], pick: (one: Result) => number) =>
    [Math.min(...of.map(pick)), Math.max(...of.map(pick))].map((value) => Number(value.toPrecision(3)));
  const carried = results.filter(({ models, forestShare }) => forestShare > 0 && variants.some((variant) => variant === models));
  const blends = Object.values(Object.groupBy(carried, ({ kind, forestShare }) => `${kind} ${forestShare}`)).map((of) => ({
    kind: of![0]!.kind,
    forestShare: of![0]!.forestShare,
    rows: of!.reduce((sum, { rows }) => sum + rows, 0),
    topReasonAgrees: range(of!, (one) => one.topReasonAgrees),
    meanErrorToMeanPhi: range(of!, (one) => one.meanErrorToMeanPhi),
  }));
  const text = JSON.stringify({ source: 'node bench/fidelity.ts --write', models: variants, blends }, null, 2);
  writeFileSync(
    figures,
    `${text.replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, inner: string) => `[${inner.replaceAll(/\s+/g, ' ')}]`)}\n`,
  );
}

const studies = [...variants.map(fixtureStudy), ...(flags.table === undefined ? [] : [tableStudy(flags.table)])];
const results = studies.flatMap(resultsOf);
if (flags.write) keep(results);
if (flags.json) console.log(JSON.stringify({ results }));
else
  console.table(
    results.map(({ models, blend, rows, topReasonAgrees, meanErrorToMeanPhi, largestError }) => ({
      models,
      blend,
      rows,
      'top reason agrees': `${(100 * topReasonAgrees).toFixed(1)} %`,
      'mean error / mean |φ|': `${(100 * meanErrorToMeanPhi).toPrecision(3)} %`,
      'largest error': largestError.toExponential(1),
    })),
  );
// Exactness is a promise: a study that finds boosted members inexact has found a defect, in one of the two.
const inexact = results.filter(({ blend, largestError }) => blend === 'boosted alone' && !(largestError < 1e-9));
if (inexact.length > 0) {
  console.error(`boosted members alone must be exact; ${inexact.map(({ models }) => models).join(', ')} are not`);
  process.exitCode = 1;
}
