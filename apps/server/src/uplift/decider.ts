import type { DecideRequest } from '@tillcast/api/decide';
import { type Decision, decide } from '@tillcast/core/decisions/policy/decide';
import { policyEffects, type TreatmentPolicy } from '@tillcast/core/decisions/policy/policy';
import type { LoggedDecision } from '@tillcast/core/ports/prediction-log';
import type { Decide } from '../http/routes/decide.ts';
import { aboutOf } from '../serving/known-now.ts';
import { openPrepare, type PredictorParts } from '../serving/predictor.ts';
import { askedShopper } from '../serving/question.ts';
import type { Policies, ServedPolicy } from './policies.ts';

/** Decides by a policy's effects on the shopper's row as it is now; the prediction's log line carries the decision and its chances. */
export function openDecide(parts: PredictorParts, policies: Policies): Decide {
  const prepare = openPrepare({ ...parts, experiments: undefined });
  return async ({ policy: name = 'default', ...request }: DecideRequest) => {
    const startedAt = performance.now();
    const served = policies.find(name);
    const isStale = parts.look !== undefined && (await parts.look([aboutOf(request)])) === 'last_known';
    const { prepared, finish } = prepare({ ...request, explain: false }, startedAt, isStale);
    const [assessment] = parts.assessor.score([prepared]);
    const decision = decideFor(served, assessment!.catalogueRow, askedShopper(request));
    const answer = finish(assessment!, undefined, loggedOf(served.policy, decision));
    return { ...toldOf(served.policy, decision), ...pick(answer) };
  };
}

function decideFor({ policy, columns }: ServedPolicy, catalogueRow: Float32Array, shopper: string): Decision {
  const row = Float32Array.from(columns, (column) => catalogueRow[column]!);
  const effects = policyEffects(policy, row, 1).map((one) => one[0]!);
  return decide(policy, shopper, effects);
}

const loggedOf = (
  { name, version }: TreatmentPolicy,
  { action, treatment, propensity, propensities }: Decision,
): LoggedDecision => ({
  ...{ policy: name, version, explored: action === 'explore', propensity },
  ...(treatment === undefined ? {} : { treatment }),
  propensities: Float64Array.from(propensities),
});

function toldOf(
  { name, version, treatments }: TreatmentPolicy,
  { action, treatment, propensity, propensities, effects }: Decision,
) {
  const byName = (values: readonly number[]) => Object.fromEntries(treatments.map((one, i) => [one.name, values[i]!]));
  return {
    ...{ action, treatment: treatment ?? null, propensity },
    propensities: byName(propensities),
    expected_profit_effects: byName(effects),
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
