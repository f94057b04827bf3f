import type { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { AnalysisPlan } from '@tillcast/core/experiments/statistics/plan';
import { invalid } from './unit-cells.ts';

/** Amounts of which an empty cell says that nothing was bought. */
const amounts = ['revenue', 'orders', 'margin'];

/** What numbers count as, by their place among the columns of numbers. */
export interface NumberRules {
  /** The number that counts; undefined = it is no share, in a column of shares. */
  countedAs(value: number, i: number): number | undefined;
  /** The refusal of what is no share; `said` is how it stands in the table. */
  refusal(i: number, said: unknown, place: string): TillcastError;
}

/** Opens the rules of a plan's columns of numbers. */
export function openNumberRules({ metrics }: Pick<AnalysisPlan, 'metrics'>, names: readonly string[]): NumberRules {
  const shares = new Set(metrics.flatMap(({ shape }) => (shape.kind === 'proportion' ? [shape.column] : [])));
  const isShare = names.map((name) => shares.has(name));
  const isAmount = names.map((name) => amounts.includes(name));
  return {
    countedAs(value, i) {
      const number = isAmount[i]! && Number.isNaN(value) ? 0 : value;
      return isShare[i]! && number !== 0 && number !== 1 ? undefined : number;
    },
    refusal: (i, said, place) =>
      invalid(place, `${names[i]} is ${JSON.stringify(said ?? '')}; it must be 0 or 1 (for counts: kind: mean)`),
  };
}
