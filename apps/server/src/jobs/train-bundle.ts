import { openZoneClock } from '@tillcast/core/features/zone-clock';
import { formatDuration } from '@tillcast/core/learning/duration';
import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import { modelCard } from '@tillcast/core/learning/model-card';
import { type Backgrounds, drawBackgrounds } from '@tillcast/core/scoring/background';
import { blendScores } from '@tillcast/core/scoring/blend-log-odds';
import type { BundleManifest, ReferenceProfile } from '@tillcast/core/scoring/bundle';
import { dayPartOf } from '@tillcast/core/scoring/day-part';
import type { Blend } from '@tillcast/core/scoring/ensemble';
import { referenceProfile } from '@tillcast/core/scoring/reference';
import { openRandom } from '@tillcast/core/simulation/random';
import { assembleBundle } from '../bundles/assemble-bundle.ts';
import type { DataDir } from '../cli/data-dir.ts';
import { writeBundle } from '../compose.ts';
import type { Board } from './evaluate-board.ts';
import { wireReport, wireWindow } from './evaluate-wire.ts';
import type { TableInfo } from './read-table.ts';
import type { ServedLatency } from './served-latency.ts';
import { atSizes, rawScores } from './train-members.ts';
import type { TrainingResult } from './train-spec.ts';

/** All that the last step of a training stands on. */
export interface Trained {
  readonly info: TableInfo;
  readonly board: Board;
  readonly report: EvaluationReport;
  readonly blend: Blend;
  readonly searched: TrainingResult;
  readonly refitted: TrainingResult;
  readonly latency: ServedLatency;
  /** Folder of the refit. */
  readonly refit: string;
  readonly seed: number;
  readonly nowMs: number;
}

/**
 * The yardstick of percentiles and bands: the evaluated twin's scores on the test window, with what became of those shoppers; rates by
 * category, and how features are spread, come from all labelled rows.
 */
function referenceOf({ info, board, blend, report, nowMs }: Trained): ReferenceProfile {
  const { table, members } = board;
  const raw = rawScores(atSizes(members, report.latency?.members), table);
  const logOdds = blendScores(blend, raw, table.rowCount);
  const width = info.features.length;
  const localTime = openZoneClock(info.timeZone);
  const dayParts = Array.from(table.t, (at) => {
    const { hour, isWeekend } = localTime(at);
    return dayPartOf(hour, isWeekend);
  });
  const profileOf = (rows: Int32Array): ReferenceProfile => {
    const pick = <T>(values: ArrayLike<T>): T[] => Array.from(rows, (row) => values[row]!);
    const matrix = new Float32Array(rows.length * width);
    rows.forEach((row, index) => {
      matrix.set(table.matrix.subarray(row * width, (row + 1) * width), index * width);
    });
    return referenceProfile({
      madeAt: new Date(nowMs).toISOString(),
      logOdds: Float64Array.from(rows, (row) => logOdds[row]!),
      labels: pick(table.label),
      groups: pick(table.group),
      rungs: pick(table.rung),
      categories: pick(table.category).map((category) => (category === '__proto__' ? null : category)),
      dayParts: pick(dayParts),
      featureNames: info.features,
      rows: matrix,
    });
  };
  const all = Int32Array.from({ length: table.rowCount }, (_, row) => row);
  const { features, categoryRates } = profileOf(all);
  return { ...profileOf(all.filter((row) => table.split[row] === 'test')), features, categoryRates };
}

/** Rows that explanations compare with: of all labelled rows, as the served bundle is fitted on all of them. */
const backgroundsOf = ({ info, board: { table }, seed }: Trained): Backgrounds =>
  drawBackgrounds({ rows: table.matrix, width: info.features.length, labels: table.label }, openRandom(seed).fork('background'));

const packages: Readonly<Record<string, string>> = {
  catboost: 'catboost',
  xgboost: 'xgboost',
  lightgbm: 'lightgbm',
  random_forest: 'scikit-learn',
};

function libraryOf(name: string, versions: Readonly<Record<string, string>>): string {
  const library = packages[name]!;
  return `${library} ${versions[library] ?? versions[name] ?? versions[library.replace('-', '_')] ?? ''}`.trim();
}

function cardOf({ info, report, searched, refitted, latency }: Trained, manifest: BundleManifest): string {
  const members = searched.members.map(({ name, rounds, trials }) => ({
    name,
    rounds: refitted.members.find((member) => member.name === name)?.rounds ?? rounds,
    trials,
    library: libraryOf(name, searched.versions),
  }));
  const { target, label, version, createdAt, timeZone, seed, data } = manifest;
  return modelCard(report, {
    target,
    label,
    version,
    createdAt,
    timeZone,
    seed,
    data,
    horizon: formatDuration(info.horizonMs),
    featureCount: manifest.features.length,
    served: latency,
    members,
  });
}

/** Writes the signed bundle of a training into `folder`, a new one. */
export function writeTrainedBundle(data: DataDir, folder: string, trained: Trained): BundleManifest {
  const { info, refit, refitted, blend, report, seed, nowMs } = trained;
  const { files, manifest } = assembleBundle({
    ...{ info, features: info.features, label: 'label', seed, refit, result: refitted, blend, nowMs },
    reference: referenceOf(trained),
    backgrounds: backgroundsOf(trained),
    metrics: { ...wireWindow(info.horizonMs, info.splits.test), ...wireReport(report) },
    card: (known) => cardOf(trained, known),
  });
  writeBundle(data, folder, files);
  return manifest;
}
