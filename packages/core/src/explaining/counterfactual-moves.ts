import type { CounterfactualRule } from './counterfactual-rules.ts';

/** A feature that can be moved in one row, with the columns that go with it. */
export interface Lever {
  readonly rule: CounterfactualRule;
  readonly column: number;
  readonly scaled: readonly number[];
}

/** Steps of each lever, in the levers' order; zeros leave the row as it is. */
export type Steps = readonly number[];

/** The levers of a row: rules that allow a move, on features whose value is known. */
export const leversOf = (
  rules: readonly CounterfactualRule[],
  names: readonly string[],
  row: ArrayLike<number>,
): readonly Lever[] =>
  rules
    .filter(({ move }) => move !== 'immutable')
    .map((rule) => ({ rule, column: names.indexOf(rule.feature), scaled: rule.scales.map((name) => names.indexOf(name)) }))
    .filter(({ column }) => column >= 0 && !Number.isNaN(row[column]!))
    .sort((a, b) => a.column - b.column);

/** What the steps cost. */
export const costOf = (levers: readonly Lever[], steps: Steps): number =>
  steps.reduce((sum, count, lever) => sum + Math.abs(count) * levers[lever]!.rule.cost, 0);

/** Whether the lever's rule allows so many steps from this value. */
export function isAllowed({ rule, column }: Lever, count: number, row: ArrayLike<number>): boolean {
  if (count === 0) return true;
  if (Math.abs(count) > rule.mostSteps) return false;
  if (rule.move === 'only_up' && count < 0) return false;
  if (rule.move === 'only_down' && count > 0) return false;
  const value = movedValue(rule, row[column]!, count);
  // A relative step of a negative value would go the other way, one of zero nowhere.
  if (rule.relative && !(row[column]! > 0 && value > 0)) return false;
  return value >= (rule.least ?? Number.NEGATIVE_INFINITY) && value <= (rule.most ?? Number.POSITIVE_INFINITY);
}

function movedValue(rule: CounterfactualRule, value: number, count: number): number {
  return Math.fround(rule.relative ? value * (1 + rule.step * count) : value + rule.step * count);
}

/** The row after the steps. */
export function moveRow(levers: readonly Lever[], row: Float32Array, steps: Steps): Float32Array {
  const moved = row.slice();
  for (const [lever, { rule, column, scaled }] of levers.entries()) {
    const count = steps[lever]!;
    if (count === 0) continue;
    moved[column] = movedValue(rule, row[column]!, count);
    for (const other of scaled) moved[other] = row[other]! * (1 + rule.step * count);
  }
  return moved;
}
