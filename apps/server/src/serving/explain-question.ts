import type { InputIssue, PredictRequest } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { FeatureEngine, Question } from '@tillcast/core/features/engine';
import { invalidInput } from '../http/problem.ts';
import type { Assess, Assessment } from './assess.ts';
import type { ExplainDesk } from './explain-desk.ts';
import type { RowSample } from './explain-sample.ts';
import { inputIssues } from './input-issues.ts';
import type { KnownItems } from './known-items.ts';
import type { LookNow } from './known-now.ts';
import type { LiveModel } from './live-model.ts';
import { askedShopper, type Clock, contradictions, questionOf } from './question.ts';

/** What explaining needs. */
export interface ExplainerParts {
  readonly engine: FeatureEngine;
  readonly known: KnownItems;
  readonly assess: Assess;
  readonly sample: RowSample;
  readonly desk: ExplainDesk;
  readonly clock: () => Clock;
  readonly look?: LookNow | undefined;
}

/** A valid question, scored by a model. */
export interface AskedModel {
  readonly question: Question;
  readonly assessment: Assessment;
  readonly model: LiveModel;
  readonly issues: InputIssue[];
}

/** Scores the question to be explained as a prediction would be; faults in it point below `/request`. */
export function askModel({ engine, known, assess, clock }: ExplainerParts, request: PredictRequest): AskedModel {
  const at = clock();
  const faults = contradictions(request, at);
  if (faults.length > 0) throw invalidInput(faults.map(({ pointer, detail }) => ({ pointer: `/request${pointer}`, detail })));
  const shopper = engine.shopper(askedShopper(request));
  const { question, issues } = questionOf(request, at, shopper);
  const assessment = assess(request.target ?? 'item', question);
  if (assessment.model === undefined)
    throw new TillcastError(
      'MODEL_NOT_FOUND',
      `there is no champion for the target "${assessment.target}" to explain; train one with "tillcast train", then promote it`,
    );
  return { question, assessment, model: assessment.model, issues: [...issues, ...inputIssues(request, known, shopper)] };
}
