import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { memberFiles } from '@tillcast/core/scoring/bundle/files';
import { type MemberName, memberNames } from '@tillcast/core/scoring/ensemble';
import type { LabelColumn, Split } from './read-table.ts';

/** What the trainer is asked to do: contracts/training-spec.schema.json. */
export interface TrainingSpec {
  readonly schema: 1;
  readonly dataset: string;
  readonly out: string;
  readonly features: readonly string[];
  readonly monotone?: Readonly<Record<string, 1 | -1>>;
  readonly label: LabelColumn;
  readonly fit_splits: readonly Split[];
  readonly stop_split?: Split | null;
  readonly objective?: 'log_loss' | 'roc_auc';
  readonly members: readonly {
    readonly name: MemberName;
    readonly trials: number;
    readonly params?: Readonly<Record<string, unknown>> | null;
    readonly rounds?: number | null;
    /** Cost units a row that the written model may take. */
    readonly max_units?: number | null;
  }[];
  readonly oof?: boolean;
  readonly golden_rows?: number;
  readonly study?: string | null;
  readonly study_prefix?: string;
  readonly seed: number;
  readonly threads: number;
  readonly budget_seconds?: number | null;
  readonly max_trees?: number | null;
  /** Cost units a row for score and SHAP of the whole ensemble. */
  readonly latency_budget_units?: number | null;
}

/** The first so many trees of a member, each cut back to so many leaves; null: as they were grown. */
export interface OfferedSize {
  readonly trees: number;
  readonly leaves: number | null;
}

/** What came of one member: contracts/training-result.schema.json. */
export interface TrainedMember {
  readonly name: MemberName;
  readonly file: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly rounds: number;
  readonly base_margin?: number;
  /** Sizes the blend may choose from, the whole last; absent in runs made before there were any. */
  readonly sizes?: readonly OfferedSize[];
  readonly trials: number;
  readonly pruned: number;
  /** Of the pruned trials, those that cost more than the latency budget. */
  readonly over_budget?: number;
  readonly best_score: number | null;
  readonly seconds?: number;
}

export interface TrainingResult {
  readonly rows: number;
  readonly positives: number;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly oof: string | null;
  readonly golden: string | null;
  readonly members: readonly TrainedMember[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const broken = (what: string): never => {
  throw new TillcastError('TRAINER_FAILED', `its result.json is damaged: ${what}; run the training again`);
};

function count(value: unknown, field: string): number {
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : broken(`"${field}" is ${JSON.stringify(value)}`);
}

function parseMember(value: unknown): TrainedMember {
  if (!isRecord(value)) return broken('a member is no object');
  const name = value.name as MemberName;
  if (!memberNames.includes(name)) broken(`it names the member ${JSON.stringify(name)}`);
  // The file is opened by us: only the name the contract gives it, so that no path leaves the folder.
  if (value.file !== memberFiles[name]) broken(`the file of ${name} is ${JSON.stringify(value.file)}`);
  if (!isRecord(value.params)) broken(`"params" of ${name} is no object`);
  const margin = value.base_margin;
  if (margin !== undefined && margin !== null && !Number.isFinite(margin))
    broken(`"base_margin" of ${name} is ${JSON.stringify(margin)}`);
  const best = value.best_score;
  return {
    name,
    file: memberFiles[name],
    params: value.params as Record<string, unknown>,
    rounds: count(value.rounds, 'rounds'),
    ...(typeof margin === 'number' ? { base_margin: margin } : {}),
    sizes: parseSizes(value.sizes, name),
    trials: count(value.trials, 'trials'),
    pruned: count(value.pruned, 'pruned'),
    over_budget: count(value.over_budget, 'over_budget'),
    best_score: typeof best === 'number' ? best : null,
  };
}

function parseSizes(value: unknown, member: string): readonly OfferedSize[] {
  if (!Array.isArray(value) || value.length === 0) return broken(`"sizes" of ${member} is ${JSON.stringify(value)}`);
  return value.map((size: unknown) => {
    if (!isRecord(size)) return broken(`a size of ${member} is ${JSON.stringify(size)}`);
    return { trees: count(size.trees, 'trees'), leaves: size.leaves === null ? null : count(size.leaves, 'leaves') };
  });
}

const fileOf = (value: unknown, name: string): string | null => {
  if (value === undefined || value === null) return null;
  return value === name ? name : broken(`it names the file ${JSON.stringify(value)} instead of ${name}`);
};

/** The trainer's result.json, or TRAINER_FAILED that says what is wrong with it. */
export function parseTrainingResult(text: string, wanted: readonly MemberName[]): TrainingResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    broken('it is not JSON');
  }
  if (!isRecord(value) || value.schema !== 1) return broken('it does not say "schema": 1');
  if (!Array.isArray(value.members)) return broken('"members" is no list');
  const members = value.members.map(parseMember);
  const missing = wanted.filter((name) => !members.some((member) => member.name === name));
  if (missing.length > 0 || members.length !== wanted.length)
    broken(`it holds ${members.map(({ name }) => name).join(', ') || 'no member'}, asked were ${wanted.join(', ')}`);
  return {
    rows: count(value.rows, 'rows'),
    positives: count(value.positives, 'positives'),
    seconds: Number(value.seconds) || 0,
    versions: isRecord(value.versions)
      ? Object.fromEntries(Object.entries(value.versions).map(([name, version]) => [name, String(version)]))
      : {},
    oof: fileOf(value.oof, 'oof.parquet'),
    golden: fileOf(value.golden, 'golden.jsonl'),
    members,
  };
}
