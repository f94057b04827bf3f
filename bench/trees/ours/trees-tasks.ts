import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import type { Task } from '../serve-tasks.ts';
import type { Settings } from '../settings.ts';
import type { ForestEngine } from './backends.ts';

export interface MemberEngine {
  readonly name: MemberName;
  readonly engine: ForestEngine;
}

/** What tasks work on. */
export interface Bench {
  readonly members: readonly MemberEngine[];
  readonly rows: Float32Array;
  readonly width: number;
  readonly settings: Settings;
}

/** Score and SHAP tasks of packages/trees alone, doing what the Python contenders do: over all members, each alone, and without CatBoost. */
export function treesTasks(bench: Bench): Record<string, Task> {
  const subsets: [suffix: string, members: readonly MemberEngine[]][] = [
    ['', bench.members],
    ...bench.members.map((member): [string, MemberEngine[]] => [`.${member.name}`, [member]]),
    ['.without_catboost', bench.members.filter(({ name }) => name !== 'catboost')],
  ];
  const { batchRows, microBatchRows } = bench.settings;
  return Object.fromEntries(
    subsets.flatMap(([suffix, members]) => {
      const of = { ...bench, members };
      return [
        [`score_row${suffix}`, scoreRowTask(of)],
        [`score_batch${suffix}`, scoreBatchTask(of, batchRows)],
        [`shap_row${suffix}`, shapRowTask(of)],
        [`shap_batch${suffix}`, shapBatchTask(of, microBatchRows)],
      ];
    }),
  );
}

/** Boosted members score in log-odds, forests in probability. */
const probability = ({ forest }: ForestEngine, raw: number): number => (forest.space === 'log_odds' ? probabilityOf(raw) : raw);

/** Soft voting, one row at a time. */
function scoreRowTask({ members, rows, width, settings }: Bench): Task {
  const engines = members.map(({ engine }) => engine);
  const call = (row: number): number => {
    let sum = 0;
    for (const engine of engines) sum += probability(engine, engine.score(rows, row * width));
    return sum / engines.length;
  };
  return { rowsACall: 1, call, answers: () => [Float64Array.from({ length: settings.scoreAnswers }, (_, row) => call(row))] };
}

/** Soft voting of many rows. */
function scoreBatchTask({ members, rows, width, settings }: Bench, rowsACall: number): Task {
  const raw = new Float64Array(rowsACall);
  const votes = new Float64Array(rowsACall);
  const call = (row: number): number => {
    const batch = rows.subarray(row * width, (row + rowsACall) * width);
    votes.fill(0);
    for (const { engine } of members) {
      engine.scoreBatch(batch, rowsACall, raw);
      for (let i = 0; i < rowsACall; i++) votes[i]! += probability(engine, raw[i]!) / members.length;
    }
    return votes[rowsACall - 1]!;
  };
  return {
    rowsACall,
    call,
    answers: () => [
      inBatches(settings.scoreAnswers, rowsACall, 1, (row) => {
        call(row);
        return votes;
      }),
    ],
  };
}

/** Every member's contributions of one row. */
function shapRowTask({ members, rows, width, settings }: Bench): Task {
  const out = members.map(() => new Float64Array(width));
  const bases = new Float64Array(members.length);
  const call = (row: number): number => {
    for (let m = 0; m < members.length; m++) bases[m] = members[m]!.engine.explain(rows, out[m]!, row * width, 0);
    return out[members.length - 1]![0]!;
  };
  const answers = () =>
    members.map((_, m) =>
      inBatches(settings.shapAnswers, 1, width + 1, (row) => {
        call(row);
        return withBase(out[m]!, bases[m]!, width);
      }),
    );
  return { rowsACall: 1, call, answers };
}

/** Every member's contributions of a micro-batch. */
function shapBatchTask({ members, rows, width, settings }: Bench, rowsACall: number): Task {
  const out = members.map(() => new Float64Array(rowsACall * width));
  const bases = new Float64Array(members.length);
  const call = (row: number): number => {
    const batch = rows.subarray(row * width, (row + rowsACall) * width);
    for (let m = 0; m < members.length; m++) bases[m] = members[m]!.engine.explainBatch(batch, rowsACall, out[m]!);
    return out[members.length - 1]![0]!;
  };
  const answers = () =>
    members.map((_, m) =>
      inBatches(settings.shapAnswers, rowsACall, width + 1, (row) => {
        call(row);
        return withBase(out[m]!, bases[m]!, width);
      }),
    );
  return { rowsACall, call, answers };
}

/** Answers of `count` rows, asked for in calls of the measured size. */
export function inBatches(
  count: number,
  rowsACall: number,
  valuesARow: number,
  answer: (row: number) => Float64Array,
): Float64Array {
  const all = new Float64Array(Math.ceil(count / rowsACall) * rowsACall * valuesARow);
  for (let row = 0; row < count; row += rowsACall) all.set(answer(row), row * valuesARow);
  return all.subarray(0, count * valuesARow);
}

/** Contributions with the base value in the last column, as the libraries lay them out. */
export function withBase(contributions: Float64Array, base: number, width: number): Float64Array {
  const rows = contributions.length / width;
  const all = new Float64Array(rows * (width + 1)).fill(base);
  for (let row = 0; row < rows; row++) all.set(contributions.subarray(row * width, (row + 1) * width), row * (width + 1));
  return all;
}
