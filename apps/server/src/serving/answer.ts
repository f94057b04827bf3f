import type { Insight } from '@tillcast/api/insight';
import type { InputIssue, ModelRef, PredictAnswer, PredictRequest } from '@tillcast/api/predict';
import type { FiredInsight } from '@tillcast/core/decisions/insights/speak';
import { formatDuration } from '@tillcast/core/learning/duration';
import type { Told } from '../experiments/serving-experiments.ts';
import type { Assessment } from './assess.ts';
import type { LiveModel } from './live-model.ts';
import type { Reasons } from './reasons.ts';
import type { Said } from './spoken.ts';

/** What an answer is made of. */
export interface AnswerParts {
  readonly request: PredictRequest;
  readonly assessment: Assessment;
  /** Undefined where contributions were not asked for or not ready. */
  readonly reasons: Reasons | undefined;
  readonly said: Said;
  readonly issues: readonly InputIssue[];
  /** Whether the features may lack what was known by now. */
  readonly isStale: boolean;
  readonly predictionId: string;
  readonly nowMs: number;
  /** Absent: no experiment concerns it. */
  readonly told?: Told | undefined;
}

/** An instant as it goes over the wire. */
export function onWire(epochMs: number): string {
  // Most answers are about the moment they are given at, and many are given within a millisecond.
  if (epochMs !== written.epochMs) written = { epochMs, text: new Date(epochMs).toISOString() };
  return written.text;
}
let written = { epochMs: Number.NaN, text: '' };

/** How an answer names its model; without one, the prior of the target. */
export const modelRef = (model: LiveModel | undefined): ModelRef =>
  model === undefined
    ? { name: 'prior', version: 'shipped', alias: null }
    : {
        name: model.bundle.manifest.model,
        version: model.bundle.manifest.version,
        alias: model.alias === undefined ? 'champion' : model.alias,
      };

const describedModels = new WeakMap<LiveModel, string>();

/** The champion in words: its version, and what each member counts. */
function describeModel(model: LiveModel): string {
  const known = describedModels.get(model);
  if (known !== undefined) return known;
  const { manifest, blend } = model.bundle;
  const members =
    model.member === undefined
      ? manifest.members.map(({ name }) => `${name} ${Number((blend.weights[name] ?? 0).toFixed(3))}`).join(', ')
      : `${model.member} alone, under the ensemble’s calibration`;
  const text = `${manifest.model} ${manifest.version} (${members})`;
  describedModels.set(model, text);
  return text;
}

function modelUsed({ model, target, alone }: Assessment): string {
  if (model === undefined) return `prior (no champion for the target "${target}")`;
  const { manifest } = model.bundle;
  return alone === undefined ? describeModel(model) : `${manifest.model} ${manifest.version} (${alone} alone)`;
}

/** Insights as they go over the wire. */
export const insightsOnWire = (insights: readonly FiredInsight[]): Insight[] =>
  insights.map(({ rule, text, action, evidence }) => ({ rule, text, action, evidence: evidence.map((one) => ({ ...one })) }));

function degradedOf({ request, assessment, reasons, isStale }: AnswerParts): Pick<PredictAnswer, 'degraded'> {
  const lacks: NonNullable<PredictAnswer['degraded']> = [
    ...(assessment.model === undefined ? ['model' as const] : []),
    ...(assessment.alone === undefined ? [] : ['ensemble' as const]),
    ...(request.explain !== false && reasons === undefined ? ['explanation' as const] : []),
    ...(isStale ? ['state' as const] : []),
  ];
  return lacks.length === 0 ? {} : { degraded: lacks };
}

/** The whole answer, in the words of the wire. */
export function answerOf(parts: AnswerParts): PredictAnswer {
  const { request, assessment, reasons, said, issues, predictionId, nowMs } = parts;
  const insights = insightsOnWire(said.insights);
  return {
    prediction_id: predictionId,
    user_id: request.user_id ?? null,
    ...(request.anonymous_id === undefined ? {} : { anonymous_id: request.anonymous_id }),
    purchase_probability: assessment.probability,
    recommendation: said.recommendation,
    model_used: modelUsed(assessment),
    confidence_score: assessment.agreement,
    agreement: assessment.agreement,
    business_insights: insights.map(({ text, action }) => `${text} ${action}`),
    insights,
    feature_contributions: reasons === undefined ? {} : Object.fromEntries(reasons.contributions),
    ...parts.told,
    prediction_timestamp: onWire(nowMs),
    as_of: onWire(assessment.question.asOfMs),
    target: assessment.target,
    horizon: formatDuration(assessment.horizonMs),
    model: modelRef(assessment.model),
    base_value: reasons?.baseValue ?? null,
    log_odds: assessment.logOdds,
    percentile: assessment.percentile,
    band: assessment.band?.name ?? null,
    rung: assessment.rung,
    input_issues: [...issues],
    ...degradedOf(parts),
  };
}
