import {
  CompleteRequest,
  maxBatch,
  type PredictAnswer,
  type PredictBatchAnswer,
  type PredictRequest,
} from '@tillcast/api/predict';
import type { FieldError } from '@tillcast/api/problem';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { LoggedDecision } from '@tillcast/core/ports/prediction-log';
import type { Placing, ServingExperiments } from '../experiments/serving-experiments.ts';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput, problemOf } from '../http/problem.ts';
import type { Predict, PredictBatch } from '../http/routes/predict.ts';
import { compileChecker } from '../http/validation.ts';
import { answerOf } from './answer.ts';
import type { Assessment, Assessor, Prepared } from './assess.ts';
import type { Completion } from './completion.ts';
import { inputIssues } from './input-issues.ts';
import type { KnownItems } from './known-items.ts';
import { aboutOf, type LookNow } from './known-now.ts';
import type { MadePrediction } from './prediction-record.ts';
import { askedShopper, type Clock, contradictions, questionOf } from './question.ts';
import { batchDeadlineMs, type FindReasons, questionDeadlineMs, type Reasons } from './reasons.ts';
import type { SpokenRules } from './rules.ts';
import type { ScoreSoon } from './score-together.ts';
import { sayOf, wouldSayOf } from './spoken.ts';

/** What answering needs. */
export interface PredictorParts {
  readonly engine: FeatureEngine;
  readonly known: KnownItems;
  readonly completion: Completion;
  readonly assessor: Assessor;
  readonly findReasons: FindReasons;
  readonly rules: SpokenRules;
  readonly clock: () => Clock;
  readonly newId: () => string;
  readonly metrics: Metrics;
  readonly look?: LookNow | undefined;
  /** Which experiments run; absent: none ever does. */
  readonly experiments?: ServingExperiments | undefined;
  /** Told of every answer as it leaves; must not wait for anything. */
  readonly record: (made: MadePrediction) => void;
}

/** A valid request with what is known at its moment, waiting for its score and its reasons. */
interface Asked {
  readonly request: PredictRequest;
  readonly prepared: Prepared;
  readonly finish: (assessment: Assessment, reasons: Reasons | undefined, decision?: LoggedDecision) => PredictAnswer;
}

type PrepareRequest = (request: PredictRequest, startedAt: number, isStale: boolean, placing?: Placing) => Asked;

/** Checks a request and makes it ready to be scored; `finish` answers and logs it. */
export function openPrepare(parts: PredictorParts): PrepareRequest {
  const { engine, known, completion, assessor, rules, clock, newId, metrics, record, experiments } = parts;
  return (request, startedAt, isStale, placing) => {
    const at = clock();
    const faults = contradictions(request, at);
    if (faults.length > 0) throw invalidInput(faults);
    const asker = askedShopper(request);
    const shopper = engine.shopper(asker);
    const { question, issues } = questionOf(request, at, shopper);
    const prepared = assessor.prepare(request.target ?? 'item', question, placing?.model, shopper !== undefined);
    const allIssues = [...issues, ...completion.issuesOf(request), ...inputIssues(request, known, shopper, placing)];
    const finish: Asked['finish'] = (assessment, reasons, decision) => {
      const saying = { userSegment: request.user_segment, set: placing?.insightSet };
      const said = sayOf(assessment, reasons, rules, { ...saying, listener: { shopper: asker, nowMs: at.nowMs } });
      metrics.predictions.inc({ target: assessment.target, rung: assessment.rung });
      const predictionId = newId();
      const wouldSay = placing && wouldSayOf(assessment, rules, request.user_segment);
      const told = wouldSay && experiments?.tell(placing, request, assessment, { predictionId, nowMs: at.nowMs, wouldSay });
      const variant = { variant: metrics.variantLabel(told?.ab_test_variant) };
      metrics.variants.inc(variant);
      metrics.variantsReference.inc(variant);
      const answered = { request, assessment, reasons, said, issues: allIssues, isStale, told };
      const answer = answerOf({ ...answered, predictionId, nowMs: at.nowMs });
      const latencyUs = Math.round((performance.now() - startedAt) * 1_000);
      record({
        request,
        assessment,
        reasons,
        answer,
        shopper: asker,
        sessionId: shopper?.sessionId,
        askedAtMs: at.nowMs,
        latencyUs,
        decision,
      });
      return answer;
    };
    return { request, prepared, finish };
  };
}

/** Answers one question: scored with those that came at the same time, explained off the event loop, answered without reasons when they are late. */
export function openPredict(parts: PredictorParts, scoreSoon: ScoreSoon): Predict {
  const prepare = openPrepare(parts);
  const took = parts.metrics.latency.of('single');
  const { look, experiments, rules } = parts;
  const recall = rules.told?.recall;

  const lookAndPlace = (request: PredictRequest): Promise<[isStale: boolean, placing: Placing | undefined]> =>
    Promise.all([
      look?.([aboutOf(request)]).then((known) => known === 'last_known') ?? false,
      experiments?.isIdle === false ? experiments.place(request, parts.clock().nowMs) : undefined,
      recall?.([askedShopper(request)]),
    ]).then(([isStale, placing]) => [isStale, placing]);

  return async (request) => {
    const startedAt = performance.now();
    const isIdle = look === undefined && recall === undefined && (experiments === undefined || experiments.isIdle);
    const [isStale, placing] = isIdle ? [false, undefined] : await lookAndPlace(request);
    const [{ finish }, assessment] = await scoreSoon(() => prepare(request, startedAt, isStale, placing));
    const unexplained = request.explain === false || assessment.alone !== undefined;
    const [reasons] = unexplained ? [] : await parts.findReasons([assessment], questionDeadlineMs);
    const answer = finish(assessment, reasons);
    took((performance.now() - startedAt) / 1_000);
    return answer;
  };
}

/** The questions of a batch body; what is wrong with the body itself is refused whole. */
function questionsIn(body: unknown): readonly unknown[] {
  const requests =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'requests')
      ? (body as { requests: unknown }).requests
      : undefined;
  if (!Array.isArray(requests)) throw invalidInput([{ pointer: '/requests', detail: 'must be an array of requests' }]);
  const stranger = Object.keys(body as object).find((key) => key !== 'requests');
  if (stranger !== undefined) throw invalidInput([{ pointer: `/${stranger}`, detail: 'is not a field of this request' }]);
  if (requests.length === 0) throw invalidInput([{ pointer: '/requests', detail: 'holds no request' }]);
  if (requests.length > maxBatch)
    throw invalidInput([
      { pointer: '/requests', detail: `holds ${requests.length} requests; at most ${maxBatch} go into one batch` },
    ]);
  return requests;
}

/** Scores many questions together, then explains them together; a bad one spoils only itself. */
export function openPredictBatch(parts: PredictorParts): PredictBatch {
  const prepare = openPrepare(parts);
  const check: (value: unknown) => FieldError[] = compileChecker(CompleteRequest);
  const took = parts.metrics.latency.of('batch');

  function tryPrepare(
    value: unknown,
    startedAt: number,
    isStale: boolean,
    placing: Placing | undefined,
  ): Asked | { readonly problem: ReturnType<typeof problemOf> } {
    try {
      const faults = check(value);
      if (faults.length > 0) throw invalidInput(faults);
      return prepare(value as PredictRequest, startedAt, isStale, placing);
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  /** Where each question falls; what is no question falls nowhere. */
  const placeAll = (questions: readonly unknown[]): Promise<readonly (Placing | undefined)[]> => {
    const { experiments } = parts;
    if (experiments === undefined || experiments.isIdle) return Promise.resolve([]);
    const { nowMs } = parts.clock();
    return Promise.all(
      questions.map((one) => (check(one).length === 0 ? experiments.place(one as PredictRequest, nowMs) : undefined)),
    );
  };

  return async (body) => {
    const startedAt = performance.now();
    const questions = questionsIn(body).map(parts.completion.complete);
    const about = questions.filter((one) => typeof one === 'object' && one !== null).map((one) => aboutOf(one as object));
    const isStale = parts.look !== undefined && (await parts.look(about)) === 'last_known';
    const recall = parts.rules.told?.recall;
    if (recall !== undefined)
      await recall(questions.filter((one) => check(one).length === 0).map((one) => askedShopper(one as PredictRequest)));
    const placings = await placeAll(questions);
    const asked = questions.map((one, index) => tryPrepare(one, startedAt, isStale, placings[index]));
    const good = asked.filter((one): one is Asked => 'finish' in one);
    const scored = parts.assessor.score(good.map(({ prepared }) => prepared));
    const assessments = new Map(good.map((one, index) => [one, scored[index]!]));
    const wanted = good.filter((one) => one.request.explain !== false && assessments.get(one)!.alone === undefined);
    const reasons = await parts.findReasons(
      wanted.map((one) => assessments.get(one)!),
      batchDeadlineMs,
    );
    const byQuestion = new Map(wanted.map((one, index) => [one, reasons[index]]));
    const predictions: PredictBatchAnswer['predictions'] = asked.map((one, index) =>
      'finish' in one
        ? { index, prediction: one.finish(assessments.get(one)!, byQuestion.get(one)) }
        : { index, problem: one.problem },
    );
    took((performance.now() - startedAt) / 1_000);
    return { predictions, answered: good.length, failed: asked.length - good.length };
  };
}
