/** A unit's chance to be treated: which treatment, what it is expected to bring above nothing, what it takes out of the budget. */
interface Step {
  readonly unit: number;
  readonly treatment: number;
  readonly profit: number;
  readonly cost: number;
}

/** The rule that spends as a budget does, for units that are not known beforehand. */
export interface BudgetCut {
  /** The profit that a unit of money must bring; 0 = the budget suffices for everything that pays. */
  readonly price: number;
  /** The share of steps at exactly that price which the budget still buys, 0 to 1. */
  readonly tieShare: number;
}

/** Who gets what within a budget. */
export interface Allocation {
  /** The treatment of each unit, by number; −1 = none. */
  readonly treatment: Int32Array;
  readonly profit: number;
  readonly cost: number;
  readonly cut: BudgetCut;
}

/**
 * Spends a budget where it brings most: treatments of a unit are reduced to those on its concave profit-cost hull, and steps along the hulls are
 * taken in the order of profit per cost (greedy for the multiple-choice knapsack: Kellerer, Pferschy and Pisinger 2004, section 11.2). Exact where
 * all treatments cost the same; otherwise at most one step's profit from the best. `effects` and `costs`: a row of numbers a treatment.
 */
export function allocateBudget(effects: readonly ArrayLike<number>[], costs: readonly number[], budget: number): Allocation {
  const units = effects[0]?.length ?? 0;
  const steps: Step[] = [];
  for (let unit = 0; unit < units; unit++) steps.push(...stepsOf(unit, effects, costs));
  steps.sort((a, b) => ratio(b) - ratio(a) || a.unit - b.unit || a.cost - b.cost);
  const treatment = new Int32Array(units).fill(-1);
  const closed = new Uint8Array(units);
  let [profit, cost] = [0, 0];
  for (const step of steps) {
    if (closed[step.unit] === 1) continue;
    if (cost + step.cost > budget) {
      // A hull is climbed from below: what lies above a step that was not taken must not be taken either.
      closed[step.unit] = 1;
      continue;
    }
    treatment[step.unit] = step.treatment;
    profit += step.profit;
    cost += step.cost;
  }
  return { treatment, profit, cost, cut: cutOf(steps, budget) };
}

/** Steps in falling order of profit per cost: those above the price are bought, those at it as far as the budget goes (the linear relaxation's solution). */
function cutOf(steps: readonly Step[], budget: number): BudgetCut {
  let cost = 0;
  for (let first = 0; first < steps.length; ) {
    const price = ratio(steps[first]!);
    let [next, atPrice] = [first, 0];
    while (next < steps.length && isSamePrice(ratio(steps[next]!), price)) atPrice += steps[next++]!.cost;
    if (cost + atPrice > budget) return { price, tieShare: (budget - cost) / atPrice };
    cost += atPrice;
    first = next;
  }
  return { price: 0, tieShare: 0 };
}

/** Prices that differ by rounding alone. */
export const isSamePrice = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

const ratio = ({ profit, cost }: Step): number => (cost === 0 ? Number.POSITIVE_INFINITY : profit / cost);

/** The steps along the upper hull of a unit's (cost, profit) points, from nothing upwards: each gains, at a falling rate. */
function stepsOf(unit: number, effects: readonly ArrayLike<number>[], costs: readonly number[]): Step[] {
  const points = effects
    .map((effect, treatment) => ({ treatment, profit: effect[unit]!, cost: costs[treatment]! }))
    .filter(({ profit }) => profit > 0)
    .sort((a, b) => a.cost - b.cost || b.profit - a.profit);
  const hull = [{ treatment: -1, profit: 0, cost: 0 }];
  for (const point of points) {
    if (point.profit <= hull.at(-1)!.profit) continue;
    while (hull.length > 1 && isBelow(hull.at(-2)!, hull.at(-1)!, point)) hull.pop();
    if (hull.length === 1 || point.cost > hull.at(-1)!.cost) hull.push(point);
  }
  return hull.slice(1).map((point, i) => ({
    ...{ unit, treatment: point.treatment },
    ...{ profit: point.profit - hull[i]!.profit, cost: point.cost - hull[i]!.cost },
  }));
}

interface Point {
  readonly profit: number;
  readonly cost: number;
}

/** Whether the middle point lies on or below the line from the first to the last. */
const isBelow = (first: Point, middle: Point, last: Point): boolean =>
  (middle.profit - first.profit) * (last.cost - middle.cost) <= (last.profit - middle.profit) * (middle.cost - first.cost);
