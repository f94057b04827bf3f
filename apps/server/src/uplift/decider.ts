import type { DecideRequest } from '@tillcast/api/decide';
import { type Decision, decide } from '@tillcast/core/decisions/policy/decide';
import { policyEffects, type TreatmentPolicy } from '@tillcast/core/decisions/policy/policy';
import type { LoggedDecision } from '@tillcast/core/ports/prediction-log';
import { type Holdouts, type HoldoutsDrawn, isHeldOutBy } from '../experiments/holdouts.ts';
import type { Decide } from '../http/routes/decide.ts';
import { aboutOf } from '../serving/known-now.ts';
import { openPrepare, type PredictorParts } from '../serving/predictor.ts';
import { askedShopper } from '../serving/question.ts';
import type { Policies, ServedPolicy } from './policies.ts';

/** Decides by a policy's effects on the shopper's row as it is now, and against treating whom a holdout keeps out; the prediction's log line carries the decision and its chances. */
export function openDecide(parts: PredictorParts, policies: Policies, holdouts: Holdouts): Decide {
  // A decision says nothing to anybody: it uses up no cap.
  const prepare = openPrepare({ ...parts, rules: { ...parts.rules, told: undefined }, experiments: undefined });
  return async ({ policy: name = 'default', ...request }: DecideRequest) => {
    const startedAt = performance.now();
    const served = policies.find(name);
    const { user_id: userId, anonymous_id: anonymousId, session_id: sessionId } = request;
    const drawn = holdouts.isIdle() ? undefined : await holdouts.draw({ userId, anonymousId, sessionId }, parts.clock().nowMs);
    const isStale = parts.look !== undefined && (await parts.look([aboutOf(request)])) === 'last_known';
    const { prepared, finish } = prepare({ ...request, explain: false }, startedAt, isStale);
    const [assessment] = parts.assessor.score([prepared]);
    const decision = decideFor(served, assessment!.catalogueRow, askedShopper(request), isHeldOutBy(drawn));
    const answer = finish(assessment!, undefined, loggedOf(served.policy, decision, drawn));
    return { ...toldOf(served.policy, decision, drawn), ...pick(answer) };
  };
}

function decideFor({ policy, columns }: ServedPolicy, catalogueRow: Float32Array, shopper: string, isHeldOut: boolean): Decision {
  const row = Float32Array.from(columns, (column) => catalogueRow[column]!);
  const effects = policyEffects(policy, row, 1).map((one) => one[0]!);
  return decide(policy, shopper, effects, isHeldOut);
}

const loggedOf = (
  { name, version }: TreatmentPolicy,
  { action, treatment, propensity, propensities }: Decision,
  holdouts: HoldoutsDrawn | undefined,
): LoggedDecision => ({
  ...{ policy: name, version, explored: action === 'explore', propensity },
  ...(treatment === undefined ? {} : { treatment }),
  propensities: Float64Array.from(propensities),
  ...(holdouts === undefined ? {} : { holdouts }),
});

function toldOf(
  { name, version, treatments, budget }: TreatmentPolicy,
  { action, treatment, propensity, propensities, effects }: Decision,
  holdouts: HoldoutsDrawn | undefined,
) {
  const byName = (values: readonly number[]) => Object.fromEntries(treatments.map((one, i) => [one.name, values[i]!]));
  return {
    ...{ action, treatment: treatment ?? null, propensity },
    propensities: byName(propensities),
    expected_profit_effects: byName(effects),
    ...(budget === undefined ? {} : { budget_price: budget.price }),
    ...(holdouts === undefined ? {} : { holdouts }),
    policy: { name, version },
  };
}

const pick = ({
  prediction_id,
  purchase_probability,
  as_of,
}: {
  prediction_id: string;
  purchase_probability: number;
  as_of: string;
}) => ({
  prediction_id,
  purchase_probability,
  as_of,
});
