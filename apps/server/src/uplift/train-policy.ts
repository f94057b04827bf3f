import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { defaultAssurance, proportionSpread, unitsNeeded } from '@tillcast/core/experiments/statistics/power';
import { boardsOf, type TreatmentBoard } from './learn-policy.ts';
import { type LearnerName, runLearners } from './run-learners.ts';
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
}

/**
 * Learns the next version of a policy from randomised units. Refused (GATE_REFUSED), with the number of shoppers still needed, where the experiment is
 * smaller than its plan, and where the learnt policy is not shown to earn more than treating nobody.
 */
export async function trainPolicy(options: TrainPolicyOptions): Promise<TrainedPolicy> {
  const { units, name } = options;
  checkSize(units, options.plannedLift);
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
    const file = writePolicy(
      options.folder,
      {
        ...{ name, features: units.featureNames, exploration_share: options.explorationShare, salt: name },
        treatments: boards.map(({ treatment, board, mix }) => ({
          ...{ name: treatment, cost: options.costs[treatment] ?? 0, shrinkage: board.chosen.shrinkage },
          mix: mix.map(({ learner, weight }) => ({ learner, weight, effect: learnt.raw[treatment]![learner] })),
        })),
      },
      join(folder, 'out', 'members'),
    );
    return { file, boards };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
  const figures = boards.map(({ treatment, board: { chosen } }) => {
    const { value, low, high } = chosen.profit;
    return `${treatment} ${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
  });
  throw new TillcastError(
    'GATE_REFUSED',
    `no treatment is shown to earn more than treating nobody; profit a shopper: ${figures.join('; ')}. Nothing was written; go on exploring, or try another treatment`,
  );
}
