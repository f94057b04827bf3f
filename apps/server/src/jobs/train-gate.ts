import { isBetter, pairedDifference } from '@tillcast/core/learning/bootstrap';
import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import { blendScores } from '@tillcast/core/scoring/blend-log-odds';
import type { BundleManifest, Target } from '@tillcast/core/scoring/bundle';
import { openRandom } from '@tillcast/core/simulation/random';
import { readTable, type TableInfo } from './read-table.ts';
import { atSizes, rawScores, readMembers } from './train-members.ts';
import { type RunRecord, readRecord, runPaths } from './train-record.ts';

/** Whether a version becomes champion, and why. */
export interface GateVerdict {
  readonly promoted: boolean;
  readonly reasons: readonly string[];
}

/** The newcomer as the gate sees it: its run, not yet named, and its evaluation. */
export interface Candidate {
  readonly runs: string;
  readonly folder: string;
  readonly record: RunRecord;
  readonly info: TableInfo;
  readonly report: EvaluationReport;
}

async function championOf(registry: ModelRegistry, model: Target): Promise<BundleManifest | undefined> {
  const version = await registry.resolve(model, 'champion');
  return version === undefined ? undefined : (await registry.list(model)).find((manifest) => manifest.version === version);
}

/** Served log-odds of a run's evaluated twin on the test rows of the candidate's table. */
async function twinOnTest(folder: string, record: RunRecord, dataset: string, label: RunRecord['label']) {
  const members = atSizes(readMembers(runPaths(folder).evaluated, record.members), record.sizes);
  const table = await readTable(dataset, ['test'], { features: record.features, label });
  return { table, logOdds: blendScores(record.blend, rawScores(members, table), table.rowCount) };
}

const figure = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(5)}`;

async function againstChampion(candidate: Candidate, champion: BundleManifest): Promise<GateVerdict> {
  const { runs, folder, record, info } = candidate;
  const refuse = (why: string): GateVerdict => ({
    promoted: false,
    reasons: [`FAIL ${why}; promote it by hand with "tillcast models promote" if you want it`],
  });
  if (champion.horizonMs !== info.horizonMs)
    return refuse(`the champion ${champion.version} answers another horizon, so the two cannot be compared`);
  let twin: ReturnType<typeof readRecord>;
  try {
    twin = readRecord(runs, champion.version);
  } catch {
    return refuse(`the run of the champion ${champion.version} is gone, so the two cannot be compared on the same rows`);
  }
  if (twin.fittedUntilMs > (info.splits.test?.fromMs ?? 0))
    return refuse(`the champion ${champion.version} was fitted on rows of this test window`);
  const dataset = runPaths(folder).dataset;
  const ours = await twinOnTest(folder, record, dataset, record.label);
  const theirs = await twinOnTest(twin.folder, twin, dataset, record.label);
  const { label, group } = ours.table;
  const options = { random: openRandom(record.seed).fork('champion'), replicates: record.replicates };
  const difference = pairedDifference('logLoss', ours.logOdds, theirs.logOdds, label, group, options);
  const promoted = isBetter('logLoss', difference);
  const text = `log loss against the champion ${champion.version}: difference ${figure(difference.value)}, 95 % interval ${figure(difference.low)} to ${figure(difference.high)}`;
  return { promoted, reasons: [`${promoted ? 'PASS' : 'FAIL'} ${text}`] };
}

/** The promotion gate: the baselines must be beaten, and a champion of today's features is replaced only by a better one on the same test rows. */
export async function passGate(registry: ModelRegistry, candidate: Candidate): Promise<GateVerdict> {
  const { report, info } = candidate;
  const baselines = report.beatsBaselines;
  const champion = await championOf(registry, info.target);
  if (champion === undefined)
    return { promoted: baselines.promoted, reasons: [...baselines.reasons, 'PASS there is no champion yet'] };
  if (champion.catalogueHash !== info.catalogueHash)
    return {
      promoted: baselines.promoted,
      reasons: [
        ...baselines.reasons,
        `PASS the champion ${champion.version} needs another version of the feature catalogue and cannot be served any more`,
      ],
    };
  const verdict = await againstChampion(candidate, champion);
  return { promoted: baselines.promoted && verdict.promoted, reasons: [...baselines.reasons, ...verdict.reasons] };
}
