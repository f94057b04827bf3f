import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { costOf } from '@tillcast/trees/cost';
import type { ReadMember } from './train-members.ts';

/** What one row costs the served ensemble, and what a unit is worth here. */
export interface ServedLatency {
  /** Cost units; null: no budget was set. */
  readonly budgetUnits: number | null;
  /** Score and SHAP of one row, in cost units. */
  readonly units: number;
  /** Nanoseconds a unit on the machine that trained, by the yardstick; like every time, outside every hash. */
  readonly nsPerUnit: number;
  /** Median nanoseconds of one row there, score and SHAP of all members, one core. */
  readonly measuredNs: number;
}

/** Cost units of the members as they will be served; a refit that outgrew its budget is refused. */
export function servedUnits(members: readonly ReadMember[], budgetUnits: number | null): number {
  const units = members.reduce((sum, { forest }) => {
    const { score, explain } = costOf(forest);
    return sum + score + explain;
  }, 0);
  if (budgetUnits !== null && units > budgetUnits)
    throw new TillcastError(
      'TRAINER_FAILED',
      `the refitted members cost ${Math.ceil(units)} units a row, more than the latency budget of ${budgetUnits}; the trainer did not keep them within it`,
    );
  return units;
}

const micros = (units: number): string => (units / 1_000).toFixed(units < 10_000 ? 2 : 1);

/** "score and reasons of a row: 90.9 µs of a budget of 100.0 µs; measured here 88.1 µs (100.0 µs of budget are about 97.0 µs here, by the yardstick)" */
export function describeLatency({ budgetUnits, units, nsPerUnit, measuredNs }: ServedLatency): string {
  const budget = budgetUnits === null ? 'without a budget' : `of a budget of ${micros(budgetUnits)} µs`;
  const yardstick = budgetUnits ?? 100_000;
  const here = `${micros(yardstick)} µs of budget are about ${micros(yardstick * nsPerUnit)} µs here, by the yardstick`;
  return `score and reasons of a row: ${micros(units)} µs ${budget}; measured here ${micros(measuredNs)} µs (${here})`;
}
