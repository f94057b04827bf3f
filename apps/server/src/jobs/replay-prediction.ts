import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ModelRegistry, OpenedBundle } from '@tillcast/core/ports/model-registry';
import type { LoggedPrediction, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { Bundle, Target } from '@tillcast/core/scoring/bundle';
import { openBatchExplainer } from '@tillcast/core/scoring/explain-rows';
import { priorAnswer } from '@tillcast/core/scoring/prior';
import { percentileOf } from '@tillcast/core/scoring/reference';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { engineOf } from '@tillcast/trees/engine-of';
import { onlyWith } from '../serving/ladder.ts';

/** How far contributions may lie from those served where not the same code worked them out; docs/adr/0002-parity-gate.md. */
export const contributionTolerance = 1e-6;

/** What came out otherwise. */
export interface ReplayDifference {
  readonly what: string;
  readonly served: number | string;
  readonly again: number | string;
}

/** A prediction, scored again from its log line. */
export interface PredictionReplay {
  readonly prediction_id: string;
  readonly model: { readonly name: string; readonly version: string };
  /** Score to the last bit, contributions within their tolerance. */
  readonly agrees: boolean;
  /** `bits` = to the last bit; `tolerance` = within 1e-6, another code of the same model; `none` = none were served. */
  readonly contributions: 'bits' | 'tolerance' | 'none' | 'differ';
  readonly largest_gap: number;
  /** Which code scored and explained again, by member. */
  readonly backends: Readonly<Record<string, string>>;
  readonly log_odds: number;
  readonly purchase_probability: number;
  readonly differences: readonly ReplayDifference[];
}

/** The numbers of an answer that a line repeats. */
interface Again {
  readonly logOdds: number;
  readonly probability: number;
  readonly agreement: number;
  readonly percentile: number | undefined;
  readonly contentHash: string;
  readonly baseValue: number;
  /** Parallel to the line's columns. */
  readonly contributions: Float64Array;
  readonly backends: Readonly<Record<string, string>>;
}

function priorAgain({ category, hour, isWeekend, row }: PredictionRecord): Again {
  if (hour === undefined || isWeekend === undefined)
    throw new TillcastError('INPUT_INVALID', 'the line does not say hour and weekend, which the prior needs');
  const { logOdds, probability } = priorAnswer(undefined, { hour, isWeekend, ...(category === undefined ? {} : { category }) });
  const nothing = { agreement: 0, percentile: undefined, contentHash: '', backends: {} };
  return { logOdds, probability, ...nothing, baseValue: logOdds, contributions: new Float64Array(row.length) };
}

/** The places of the model's columns in the line. */
function placesOf({ columns }: PredictionRecord, { ensemble }: Bundle): readonly number[] {
  const places = new Map(columns.names.map((name, at) => [name, at]));
  return ensemble.featureNames.map((name) => {
    const at = places.get(name);
    if (at === undefined) throw new TillcastError('REPLAY_DIFFERS', `the model asks for "${name}", which the line does not hold`);
    return at;
  });
}

function modelAgain(record: PredictionRecord, bundle: Bundle): Again {
  const { reference, manifest } = bundle;
  const { alone } = record.model;
  const ensemble = alone === undefined ? bundle.ensemble : onlyWith(bundle.ensemble, alone);
  const places = placesOf(record, bundle);
  const row = Float32Array.from(places, (at) => record.row[at]!);
  const score = scoreRow(ensemble, row);
  const { logOdds, probability } = score;
  const agreement = alone === undefined ? score.agreement : 0;
  const percentile = percentileOf(reference, record.rung, logOdds);
  const [explained] = openBatchExplainer(ensemble)(row, 1);
  const contributions = new Float64Array(record.row.length);
  for (const [column, at] of places.entries()) contributions[at] = explained!.contributions[column]!;
  return {
    ...{ logOdds, probability, agreement, contributions, baseValue: explained!.baseValue, contentHash: manifest.contentHash },
    percentile: Number.isNaN(percentile) ? undefined : percentile,
    backends: Object.fromEntries(ensemble.members.map(({ name, forest }) => [name, engineOf(forest).backend])),
  };
}

/** Compares what was served with what comes out now. */
export function compareReplay(record: PredictionRecord, again: Again): PredictionReplay {
  const differences: ReplayDifference[] = [];
  const mustBe = (what: string, served: number | string | undefined, now: number | string | undefined): void => {
    if (!Object.is(served, now)) differences.push({ what, served: served ?? 'none', again: now ?? 'none' });
  };
  mustBe('content_hash', record.model.contentHash, again.contentHash);
  mustBe('log_odds', record.logOdds, again.logOdds);
  mustBe('purchase_probability', record.probability, again.probability);
  mustBe('agreement', record.agreement, again.agreement);
  mustBe('percentile', record.percentile, again.percentile);
  const parts = compareContributions(record, again);
  if (parts.contributions === 'differ') differences.push({ what: parts.at, served: parts.served, again: parts.again });
  return {
    prediction_id: record.predictionId,
    model: { name: record.model.name, version: record.model.version },
    agrees: differences.length === 0,
    contributions: parts.contributions,
    largest_gap: parts.gap,
    backends: again.backends,
    log_odds: again.logOdds,
    purchase_probability: again.probability,
    differences,
  };
}

function compareContributions({ columns, contributions, baseValue }: PredictionRecord, again: Again) {
  const nothing = { at: '', served: 0, again: 0, gap: 0 };
  if (contributions === undefined || baseValue === undefined) return { contributions: 'none' as const, ...nothing };
  const pairs = [
    { at: 'base_value', served: baseValue, again: again.baseValue },
    ...columns.names.map((name, at) => ({
      at: `contribution of ${name}`,
      served: contributions[at]!,
      again: again.contributions[at]!,
    })),
  ].map((pair) => ({ ...pair, gap: Math.abs(pair.served - pair.again) }));
  const worst = pairs.reduce((a, b) => (b.gap > a.gap || Number.isNaN(b.gap) ? b : a));
  const isSame = pairs.every(({ served, again: now }) => Object.is(served, now));
  const verdict = isSame ? ('bits' as const) : worst.gap <= contributionTolerance ? ('tolerance' as const) : ('differ' as const);
  return { contributions: verdict, ...worst };
}

/** Scores a logged prediction again, with the version it was served by, opened and verified anew. */
export async function replayPrediction(
  { record }: LoggedPrediction,
  registry: Pick<ModelRegistry, 'open'>,
): Promise<PredictionReplay> {
  if (record.rung === 'prior') return compareReplay(record, priorAgain(record));
  const bundle: OpenedBundle = await registry.open(record.model.name as Target, record.model.version);
  return compareReplay(record, modelAgain(record, bundle));
}
