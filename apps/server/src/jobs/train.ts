import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import type { LatencyReport } from '@tillcast/core/learning/latency-report';
import type { Blend } from '@tillcast/core/scoring/ensemble';
import { buildDataset } from './build-dataset.ts';
import { type Board, evaluateBoard, readBoard } from './evaluate-board.ts';
import { describeTable, type TableInfo } from './read-table.ts';
import { runTrainer } from './run-trainer.ts';
import { describeLatency, type ServedLatency, servedUnits } from './served-latency.ts';
import { type Trained, writeTrainedBundle } from './train-bundle.ts';
import { type GateVerdict, passGate } from './train-gate.ts';
import { checkLabels } from './train-labels.ts';
import { readMembers } from './train-members.ts';
import type { TrainingOptions, TrainingOutcome, TrainingProgress } from './train-options.ts';
import { latencyBudgetOf, needsOutOfFold, refitSpec, searchSpec, withStudy } from './train-plan.ts';
import { type RunRecord, runPaths, writeRecord } from './train-record.ts';
import { pruneRuns, startRun, type UnfinishedRun } from './train-runs.ts';
import type { TrainingResult } from './train-spec.ts';
import { measureNsPerUnit, measureRowNs } from './yardstick.ts';

const DAY_MS = 24 * 3_600_000;
const REPLICATES = 1_000;

/** What one training carries from step to step. */
interface Run {
  readonly options: TrainingOptions;
  readonly unfinished: UnfinishedRun;
  readonly paths: ReturnType<typeof runPaths>;
  readonly nowMs: number;
  tell(stage: TrainingProgress['stage'], text: string, more?: Pick<TrainingProgress, 'share' | 'line'>): void;
}

function checkpoint({ options }: Run): void {
  if (options.signal?.aborted)
    throw new TillcastError('CANCELLED', 'the training was cancelled; the same command goes on where it stopped');
}

async function makeTable(run: Run): Promise<TableInfo> {
  const { log, target = 'item', horizonMs = DAY_MS, untilMs, timeZone = 'UTC', seed = 0 } = run.options;
  run.tell('dataset', 'reading the events');
  await buildDataset(log, {
    ...{ target, horizonMs, timeZone, seed, out: run.paths.dataset },
    ...(untilMs === undefined ? {} : { untilMs }),
    onProgress: (events) => run.tell('dataset', `${events} events replayed`),
  });
  const info = await describeTable(run.paths.dataset);
  checkLabels(info);
  checkpoint(run);
  return info;
}

async function search(run: Run, info: TableInfo): Promise<TrainingResult> {
  const { options, unfinished, paths } = run;
  unfinished.make('evaluated');
  const spec = await withStudy(searchSpec(info, options, { dataset: paths.dataset, out: paths.evaluated }), options.data.studies);
  run.tell('search', `searching ${spec.members.map(({ name }) => name).join(', ')}`);
  return runTrainer(spec, join(unfinished.folder, 'spec.json'), {
    ...(options.signal ? { signal: options.signal } : {}),
    onLine: (line) => run.tell('search', line.event, { line }),
  });
}

async function evaluateTwin(
  run: Run,
  info: TableInfo,
  searched: TrainingResult,
): Promise<{ board: Board; report: EvaluationReport; blend: Blend }> {
  run.tell('blend', 'scoring the later windows with TypeScript');
  const board = await readBoard({
    dataset: run.paths.dataset,
    features: info.features,
    label: 'label',
    evaluated: run.paths.evaluated,
    members: searched.members,
    outOfFold: needsOutOfFold(info) ? run.paths.outOfFold : null,
  });
  checkpoint(run);
  run.tell('evaluate', `blending, and ${run.options.replicates ?? REPLICATES} redraws for the intervals`);
  const report = evaluateBoard(board, {
    seed: run.options.seed ?? 0,
    replicates: run.options.replicates ?? REPLICATES,
    latencyBudgetUnits: latencyBudgetOf(run.options),
  });
  const { blend } = report.blends.find(({ name }) => name === report.chosen)!;
  writeFileSync(run.paths.report, `${JSON.stringify(report, null, 2)}\n`);
  checkpoint(run);
  return { board, report, blend };
}

async function refit(
  run: Run,
  info: TableInfo,
  searched: TrainingResult,
  latency: LatencyReport,
): Promise<{ folder: string; result: TrainingResult }> {
  const { options, unfinished, paths } = run;
  const folder = unfinished.make('refit');
  run.tell('refit', `fitting ${latency.members.map(({ name }) => name).join(', ')} on all rows`);
  const spec = refitSpec(info, options, searched, latency, { dataset: paths.dataset, out: folder });
  const result = await runTrainer(spec, join(unfinished.folder, 'refit-spec.json'), {
    ...(options.signal ? { signal: options.signal } : {}),
    onLine: (line) => run.tell('refit', line.event, { line }),
  });
  return { folder, result };
}

/** What the refitted members cost a row, in units and, by the yardstick, on this machine. */
function measureLatency(run: Run, folder: string, { members }: TrainingResult, { matrix }: Board['table']): ServedLatency {
  const budgetUnits = latencyBudgetOf(run.options);
  const served = readMembers(folder, members);
  const units = servedUnits(served, budgetUnits);
  const measuredNs = measureRowNs(
    served.map(({ forest }) => forest),
    matrix,
  );
  const latency = { budgetUnits, units, nsPerUnit: measureNsPerUnit(), measuredNs };
  run.tell('refit', describeLatency(latency));
  return latency;
}

function recordOf(
  { options }: Run,
  info: TableInfo,
  searched: TrainingResult,
  { blend, latency }: { readonly blend: Blend; readonly latency: LatencyReport },
): RunRecord {
  const fitted = Object.entries(info.splits).filter(([split]) => split !== 'test' && split !== 'embargo');
  return {
    schema: 1,
    features: info.features,
    label: 'label',
    horizonMs: info.horizonMs,
    seed: options.seed ?? 0,
    replicates: options.replicates ?? REPLICATES,
    members: searched.members,
    hasOutOfFold: needsOutOfFold(info),
    latencyBudgetUnits: latency.budgetUnits,
    sizes: latency.members,
    blend,
    fittedUntilMs: Math.max(...fitted.map(([, split]) => split.untilMs)),
  };
}

/** Takes the finished run and its bundle in: the bundle passes the parity gate or nothing of the run remains. */
async function register(run: Run, trained: Trained, record: RunRecord): Promise<Omit<TrainingOutcome, 'seconds'>> {
  const { options, unfinished } = run;
  const { data, registry } = options;
  run.tell('bundle', 'writing the bundle and checking its golden rows');
  const manifest = writeTrainedBundle(data, join(unfinished.folder, 'bundle'), trained);
  writeRecord(unfinished.folder, record);
  rmSync(trained.refit, { recursive: true, force: true });
  const folder = unfinished.keep(manifest.version);
  try {
    const { parity } = await registry.add(join(folder, 'bundle'));
    rmSync(join(folder, 'bundle'), { recursive: true, force: true });
    const verdict = await passGate(registry, { runs: data.runs, folder, record, info: trained.info, report: trained.report });
    if (verdict.promoted) await promote(options, manifest.model, manifest.version, verdict);
    const named = await Promise.all(
      (['champion', 'challenger', 'shadow'] as const).flatMap((alias) =>
        (['item', 'session'] as const).map((model) => registry.resolve(model, alias)),
      ),
    );
    pruneRuns(data.runs, new Set(named.filter((version) => version !== undefined)));
    return {
      manifest,
      promoted: verdict.promoted,
      reasons: verdict.reasons,
      report: trained.report,
      parity,
      latency: trained.latency,
      run: folder,
    };
  } catch (error) {
    if ((await registry.resolve(manifest.model, manifest.version)) === undefined)
      rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const promote = ({ registry }: TrainingOptions, model: 'item' | 'session', version: string, verdict: GateVerdict) =>
  registry.move({ model, alias: 'champion', version, by: 'tillcast train', why: verdict.reasons.join('; ').slice(0, 1_000) });

/**
 * Events to a served model: dataset, search, an evaluated twin with its leaderboard, a refit on all rows with everything learnt frozen, a
 * verified bundle, and the promotion gate. A run that fails or is cancelled leaves nothing but its resumable study.
 */
export async function train(options: TrainingOptions): Promise<TrainingOutcome> {
  const started = performance.now();
  const nowMs = (options.now ?? Date.now)();
  const unfinished = startRun(options.data.runs, nowMs);
  const run: Run = {
    ...{ options, unfinished, nowMs, paths: runPaths(unfinished.folder) },
    tell: (stage, text, more = {}) => options.onProgress?.({ stage, text, ...more }),
  };
  try {
    const info = await makeTable(run);
    const searched = await search(run, info);
    const { board, report, blend } = await evaluateTwin(run, info, searched);
    const { folder, result } = await refit(run, info, searched, report.latency!);
    checkpoint(run);
    const trained: Trained = {
      info,
      board,
      report,
      blend,
      searched,
      refitted: result,
      refit: folder,
      seed: options.seed ?? 0,
      latency: measureLatency(run, folder, result, board.table),
      nowMs: (options.now ?? Date.now)(),
    };
    const outcome = await register(run, trained, recordOf(run, info, searched, { blend, latency: report.latency! }));
    return { ...outcome, seconds: (performance.now() - started) / 1_000 };
  } finally {
    unfinished.discard();
  }
}

/** What a training would do: the table is built and checked, the spec made, and nothing kept. */
export async function planTraining(options: TrainingOptions) {
  const unfinished = startRun(options.data.runs, (options.now ?? Date.now)());
  const paths = runPaths(unfinished.folder);
  try {
    const info = await makeTable({
      options,
      unfinished,
      paths,
      nowMs: 0,
      tell: (stage, text) => options.onProgress?.({ stage, text }),
    });
    const { dataset: _dataset, out: _out, ...spec } = searchSpec(info, options, { dataset: '', out: '' });
    return { dry_run: true, splits: info.splits, counts: info.counts, out_of_fold: needsOutOfFold(info), spec };
  } finally {
    unfinished.discard();
  }
}
