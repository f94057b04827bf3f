import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crossFittedRewards } from '@tillcast/core/decisions/policy/cross-fitted-rewards';
import { policyEffects } from '@tillcast/core/decisions/policy/policy';
import { type Budget, leftToDecide } from '@tillcast/core/decisions/policy/set-budget';
import { shrunk } from '@tillcast/core/decisions/uplift/shrink-effects';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { defaultAssurance, proportionSpread, unitsNeeded } from '@tillcast/core/experiments/statistics/power';
import { intervalText } from '@tillcast/core/learning/metric';
import { type BudgetReport, budgetReport, withBudget } from './budget-report.ts';
import { boardsOf, servedTreatment, type TreatmentBoard } from './learn-policy.ts';
import { type LearnerName, type LearntEffects, runLearners } from './run-learners.ts';
import type { ExperimentUnits } from './units.ts';
import { type PolicyFile, writePolicy } from './write-policy.ts';

/** What learning a policy is told. */
export interface TrainPolicyOptions {
  /** Where policies lie. */
  readonly folder: string;
  readonly name: string;
  readonly units: ExperimentUnits;
  readonly explorationShare: number;
  /** What treating one shopper takes out of a budget, by treatment; 0 unless told. */
  readonly costs: Readonly<Record<string, number>>;
  /** What the policy may spend; absent: whatever pays is done. */
  readonly budget?: Budget;
  /** The smallest relative lift worth knowing: what the size of the experiment is judged by. */
  readonly plannedLift: number;
  readonly learners?: readonly LearnerName[];
  readonly seed: number;
  readonly threads: number;
  onLearner?(name: string): void;
}

/** What was learnt. */
export interface TrainedPolicy {
  readonly file: PolicyFile;
  readonly boards: readonly TreatmentBoard[];
  /** Absent: no budget was given. */
  readonly bought?: BudgetReport;
}

/**
 * Learns the next version of a policy from randomised units. Refused (GATE_REFUSED), with the number of shoppers still needed, where the experiment is
 * smaller than its plan, and where the learnt policy is not shown to earn more than treating nobody.
 */
export async function trainPolicy(options: TrainPolicyOptions): Promise<TrainedPolicy> {
  const { units, name } = options;
  checkSize(units, options.plannedLift);
  const treatments = units.arms.slice(1).map((arm) => ({ name: arm, cost: options.costs[arm] ?? 0 }));
  if (options.budget !== undefined) leftToDecide(options.budget, { treatments, explorationShare: options.explorationShare });
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-uplift-'));
  try {
    const learnt = await runLearners(units, {
      ...{ folder, seed: options.seed, threads: options.threads },
      ...(options.learners === undefined ? {} : { learners: options.learners }),
      onLine: ({ event, member }) => {
        if (event === 'member' && member !== undefined) options.onLearner?.(member);
      },
    });
    const boards = boardsOf(units, learnt);
    checkWorth(boards);
    const bought = options.budget && boughtBy(options, options.budget, learnt, boards);
    const file = writePolicy(
      options.folder,
      {
        ...{ name, features: units.featureNames, exploration_share: options.explorationShare, salt: name },
        treatments: boards.map(({ treatment, board, mix }) => ({
          ...{ name: treatment, cost: options.costs[treatment] ?? 0, shrinkage: board.chosen.shrinkage },
          mix: mix.map(({ learner, weight }) => ({ learner, weight, effect: learnt.raw[treatment]![learner] })),
        })),
        ...(bought === undefined ? {} : { budget: budgetInFile(bought) }),
      },
      join(folder, 'out', 'members'),
    );
    return { file, boards, ...(bought === undefined ? {} : { bought }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const budgetInFile = ({ budget: { amount, shoppers, price, tieShare } }: BudgetReport) => ({
  ...{ amount, shoppers, price, tie_share: tieShare },
});

/** Sets the budget and says what it buys, by effects that never saw the outcome of the unit they are about. */
function boughtBy(
  { units, costs, explorationShare }: TrainPolicyOptions,
  budget: Budget,
  learnt: LearntEffects,
  boards: readonly TreatmentBoard[],
): BudgetReport {
  const treatments = boards.map((board) => servedTreatment(board, learnt, costs[board.treatment] ?? 0));
  const effects = policyEffects({ treatments }, units.features, units.count);
  // A treatment's models never saw those who got another one; for those they did see, the prediction of the fits that did not.
  for (const [i, { units: seen, predicted, board }] of boards.entries())
    for (const [place, unit] of seen.entries()) effects[i]![unit] = shrunk(board.chosen.shrinkage, predicted[place]!);
  const arms = units.arms.length;
  const expected = crossFittedRewards({ ...units, featureCount: units.featureNames.length, arms });
  const rule = withBudget({ treatments, explorationShare }, budget, effects);
  return budgetReport(rule, units, effects, { armOf: boards.map((_, i) => i + 1), expected });
}

/** Buyers and units of an arm. */
export function countArm({ arm, bought }: ExperimentUnits, of: number): { readonly units: number; readonly buyers: number } {
  let [units, buyers] = [0, 0];
  for (let i = 0; i < arm.length; i++) {
    if (arm[i] !== of) continue;
    units++;
    buyers += bought[i]!;
  }
  return { units, buyers };
}

function checkSize(units: ExperimentUnits, plannedLift: number): void {
  const control = countArm(units, 0);
  for (const [arm, name] of units.arms.entries()) {
    if (countArm(units, arm).buyers === 0)
      throw new TillcastError('GATE_REFUSED', `not measurable yet: nobody of "${name}" bought; run the experiment longer`);
  }
  const base = control.buyers / control.units;
  for (let arm = 1; arm < units.arms.length; arm++) {
    const treated = countArm(units, arm).units;
    const ratio = treated / control.units;
    const needed = Math.ceil(
      unitsNeeded(base * plannedLift, proportionSpread(base, plannedLift, ratio), defaultAssurance) * (1 + ratio),
    );
    const more = needed - control.units - treated;
    if (more > 0)
      throw new TillcastError(
        'GATE_REFUSED',
        `not measurable yet: at a purchase rate of ${(100 * base).toFixed(2)} %, an effect of ${(100 * plannedLift).toFixed(0)} % needs ${needed} shoppers in "${units.arms[0]}" and "${units.arms[arm]}"; ${more} more are needed`,
      );
  }
}

function checkWorth(boards: readonly TreatmentBoard[]): void {
  if (boards.some(({ board }) => board.chosen.profit.low > 0)) return;
  const figures = boards.map(({ treatment, board }) => `${treatment} ${intervalText(board.chosen.profit)}`);
  throw new TillcastError(
    'GATE_REFUSED',
    `no treatment is shown to earn more than treating nobody; profit a shopper: ${figures.join('; ')}. Nothing was written; go on exploring, or try another treatment`,
  );
}
