import {
  CompleteRequest,
  maxBatch,
  type PredictAnswer,
  type PredictBatchAnswer,
  type PredictRequest,
} from '@tillcast/api/predict';
import type { FieldError } from '@tillcast/api/problem';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput, problemOf } from '../http/problem.ts';
import type { Predict, PredictBatch } from '../http/routes/predict.ts';
import { compileChecker } from '../http/validation.ts';
import { answerOf } from './answer.ts';
import type { Assess, Assessment } from './assess.ts';
import type { Completion } from './completion.ts';
import { inputIssues } from './input-issues.ts';
import type { KnownItems } from './known-items.ts';
import { aboutOf, type LookNow } from './known-now.ts';
import type { MadePrediction } from './prediction-record.ts';
import { askedShopper, type Clock, contradictions, questionOf } from './question.ts';
import { batchDeadlineMs, type FindReasons, questionDeadlineMs, type Reasons } from './reasons.ts';
import type { SpokenRules } from './rules.ts';
import { sayOf } from './spoken.ts';

/** What answering needs. */
export interface PredictorParts {
  readonly engine: FeatureEngine;
  readonly known: KnownItems;
  readonly completion: Completion;
  readonly assess: Assess;
  readonly findReasons: FindReasons;
  readonly rules: SpokenRules;
  readonly clock: () => Clock;
  readonly newId: () => string;
  readonly metrics: Metrics;
  readonly look?: LookNow | undefined;
  /** Told of every answer as it leaves; must not wait for anything. */
  readonly record: (made: MadePrediction) => void;
}

/** A valid request with its score, waiting for its reasons. */
interface Scored {
  readonly request: PredictRequest;
  readonly assessment: Assessment;
  readonly finish: (reasons: Reasons | undefined) => PredictAnswer;
}

function openScore(parts: PredictorParts): (request: PredictRequest, startedAt: number, isStale: boolean) => Scored {
  const { engine, known, completion, assess, rules, clock, newId, metrics, record } = parts;
  return (request, startedAt, isStale) => {
    const at = clock();
    const faults = contradictions(request, at);
    if (faults.length > 0) throw invalidInput(faults);
    const asker = askedShopper(request);
    const shopper = engine.shopper(asker);
    const { question, issues } = questionOf(request, at, shopper);
    const assessment = assess(request.target ?? 'item', question);
    const allIssues = [...issues, ...completion.issuesOf(request), ...inputIssues(request, known, shopper)];
    const finish = (reasons: Reasons | undefined): PredictAnswer => {
      const said = sayOf(assessment, reasons, rules, request.user_segment);
      metrics.predictions.inc({ target: assessment.target, rung: assessment.rung });
      metrics.variants.inc({ variant: 'none' });
      metrics.variantsReference.inc({ variant: 'none' });
      const answered = { request, assessment, reasons, said, issues: allIssues, isStale };
      const answer = answerOf({ ...answered, predictionId: newId(), nowMs: at.nowMs });
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
      });
      return answer;
    };
    return { request, assessment, finish };
  };
}

/** Answers one question: scored at once, explained off the event loop, answered without reasons when they are late. */
export function openPredict(parts: PredictorParts): Predict {
  const score = openScore(parts);
  return async (request) => {
    const stop = parts.metrics.latency.startTimer({ kind: 'single' });
    const startedAt = performance.now();
    const isStale = parts.look !== undefined && (await parts.look([aboutOf(request)])) === 'last_known';
    const { assessment, finish } = score(request, startedAt, isStale);
    const unexplained = request.explain === false || assessment.alone !== undefined;
    const [reasons] = unexplained ? [] : await parts.findReasons([assessment], questionDeadlineMs);
    const answer = finish(reasons);
    stop();
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

/** Scores many questions one after the other, then explains them together; a bad one spoils only itself. */
export function openPredictBatch(parts: PredictorParts): PredictBatch {
  const score = openScore(parts);
  const check: (value: unknown) => FieldError[] = compileChecker(CompleteRequest);

  function tryScore(
    value: unknown,
    startedAt: number,
    isStale: boolean,
  ): Scored | { readonly problem: ReturnType<typeof problemOf> } {
    try {
      const faults = check(value);
      if (faults.length > 0) throw invalidInput(faults);
      return score(value as PredictRequest, startedAt, isStale);
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  return async (body) => {
    const stop = parts.metrics.latency.startTimer({ kind: 'batch' });
    const startedAt = performance.now();
    const questions = questionsIn(body).map(parts.completion.complete);
    const about = questions.filter((one) => typeof one === 'object' && one !== null).map((one) => aboutOf(one as object));
    const isStale = parts.look !== undefined && (await parts.look(about)) === 'last_known';
    const scored = questions.map((one) => tryScore(one, startedAt, isStale));
    const wanted = scored.filter(
      (one): one is Scored => 'finish' in one && one.request.explain !== false && one.assessment.alone === undefined,
    );
    const reasons = await parts.findReasons(
      wanted.map(({ assessment }) => assessment),
      batchDeadlineMs,
    );
    const byQuestion = new Map(wanted.map((one, index) => [one, reasons[index]]));
    const predictions: PredictBatchAnswer['predictions'] = scored.map((one, index) =>
      'finish' in one ? { index, prediction: one.finish(byQuestion.get(one)) } : { index, problem: one.problem },
    );
    stop();
    const failed = scored.filter((one) => 'problem' in one).length;
    return { predictions, answered: scored.length - failed, failed };
  };
}
