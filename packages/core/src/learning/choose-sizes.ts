import { type Combination, LEFT_OUT, type SizeLosses } from './size-losses.ts';

/** Members' sizes by cost: `units[member][size]`, ascending within a member. */
export type SizeUnits = readonly (readonly number[])[];

/** A combination that was looked at. */
export interface Chosen {
  readonly combination: Combination;
  readonly units: number;
  /** In whole steps of LOSS_STEP, lower is better. */
  readonly loss: number;
}

/** Losses that differ by less are equal, and the cheaper combination is taken. */
const LOSS_STEP = 1e-8;

/**
 * For each budget the best combination of sizes that was found within it, undefined where even the cheapest single member costs more. First from the whole
 * ensemble downwards, always giving up what costs least loss a unit saved; then, budget by budget, changes of one or two members while they pay.
 * Every combination looked at competes for every budget that holds it, so a looser budget is never worse on these rows. Deterministic.
 */
export function chooseSizes(units: SizeUnits, losses: SizeLosses, budgets: readonly number[]): readonly (Chosen | undefined)[] {
  const seen = new Map<string, Chosen>();
  const look = (combination: Combination): Chosen => {
    const key = combination.join(' ');
    const chosen = seen.get(key) ?? {
      combination,
      units: costOf(units, combination),
      loss: Math.round(losses.loss(combination) / LOSS_STEP) * LOSS_STEP,
    };
    seen.set(key, chosen);
    return chosen;
  };
  descend(units, look);
  const best = (budget: number) => bestWithin(seen.values(), budget);
  for (const budget of budgets) {
    const from = best(budget);
    if (from !== undefined) climb(units, look, from, budget);
  }
  return budgets.map(best);
}

type Look = (combination: Combination) => Chosen;

const costOf = (units: SizeUnits, combination: Combination): number =>
  combination.reduce((sum, size, member) => sum + (size === LEFT_OUT ? 0 : units[member]![size]!), 0);

const isEmpty = (combination: Combination): boolean => combination.every((size) => size === LEFT_OUT);

const changed = (combination: Combination, member: number, size: number): Combination =>
  combination.map((old, at) => (at === member ? size : old));

/** From everything whole to one member at its smallest. */
function descend(units: SizeUnits, look: Look): void {
  let at = look(units.map((sizes) => sizes.length - 1));
  for (;;) {
    const smaller = at.combination
      .flatMap((size, member) => (size === LEFT_OUT ? [] : [changed(at.combination, member, size - 1)]))
      .filter((combination) => !isEmpty(combination))
      .map(look);
    if (smaller.length === 0) break;
    const price = (next: Chosen): number => (next.loss - at.loss) / Math.max(at.units - next.units, Number.MIN_VALUE);
    at = smaller.reduce((best, next) => (price(next) < price(best) ? next : best));
  }
  // Each member alone at its smallest, so that a budget is refused only if nothing fits.
  for (const member of units.keys()) look(units.map((_, other) => (other === member ? 0 : LEFT_OUT)));
}

const isBetter = (a: Chosen, b: Chosen): boolean => a.loss < b.loss || (a.loss === b.loss && a.units < b.units);

function bestWithin(candidates: Iterable<Chosen>, budget: number): Chosen | undefined {
  let best: Chosen | undefined;
  for (const candidate of candidates)
    if (candidate.units <= budget && (best === undefined || isBetter(candidate, best))) best = candidate;
  return best;
}

/** Moves to better neighbours within the budget until there is none. */
function climb(units: SizeUnits, look: Look, from: Chosen, budget: number): void {
  for (let at = from; ; ) {
    const better = bestWithin(neighbours(units, at.combination, budget).map(look), budget);
    if (better === undefined || !isBetter(better, at)) return;
    at = better;
  }
}

/** Combinations within the budget that differ in one member by a size or its presence, or in two: one gives way, another grows as far as that lets it. */
function neighbours(units: SizeUnits, combination: Combination, budget: number): readonly Combination[] {
  const steps = combination.flatMap((size, member) =>
    [size - 1, size + 1, LEFT_OUT]
      .filter((next) => next !== size && next >= LEFT_OUT && next < units[member]!.length)
      .map((next) => ({ member, next })),
  );
  const found = steps.flatMap(({ member, next }) => {
    const one = changed(combination, member, next);
    if (next > combination[member]!) return [one];
    const grown = units.keys().flatMap((other) => (other === member ? [] : [growTo(units, one, other, budget)]));
    return [one, ...grown];
  });
  return found.filter((candidate) => !isEmpty(candidate) && costOf(units, candidate) <= budget);
}

/** The largest size of a member that the others leave room for. */
function growTo(units: SizeUnits, combination: Combination, member: number, budget: number): Combination {
  const room = budget - costOf(units, changed(combination, member, LEFT_OUT));
  return changed(
    combination,
    member,
    units[member]!.findLastIndex((cost) => cost <= room),
  );
}
