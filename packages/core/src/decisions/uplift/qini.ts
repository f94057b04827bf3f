import { orderDescending } from '../../scoring/order-descending.ts';

/** Units of a randomised experiment with one treatment, as uplift curves need them. */
export interface UpliftUnits {
  /** Predicted effect, or any score that ranks by it. */
  readonly score: ArrayLike<number>;
  /** 1 = treated. */
  readonly treated: ArrayLike<number>;
  /** What the unit brought, 0 or more: a purchase as 0 or 1, or money. */
  readonly outcome: ArrayLike<number>;
}

/** A curve over the number of units taken from the top; starts at (0, 0). Units of equal score are taken together. */
export interface UpliftCurve {
  readonly taken: Float64Array;
  readonly gain: Float64Array;
}

/** What a curve's height is among the first n units: sums and counts of the two arms. */
type Height = (treatedSum: number, controlSum: number, treated: number, control: number) => number;

// Radcliffe 2007, "Using control groups to target on predicted lift": outcomes won among the treated, at the control's size.
const qiniHeight: Height = (won, lost, treated, control) => won - (control > 0 ? (lost * treated) / control : 0);

// Gutierrez and Gérardy 2017 (PMLR 67), eq. 6 with both arms' means: mean difference times units taken.
const upliftHeight: Height = (won, lost, treated, control) =>
  ((treated > 0 ? won / treated : 0) - (control > 0 ? lost / control : 0)) * (treated + control);

/** The Qini curve. `weights` counts how often each unit is in (a bootstrap draw); once each where absent. */
export const qiniCurve = (units: UpliftUnits, weights?: ArrayLike<number>): UpliftCurve =>
  curveOf(ranked(units), qiniHeight, weights);

/** The uplift curve. */
export const upliftCurve = (units: UpliftUnits, weights?: ArrayLike<number>): UpliftCurve =>
  curveOf(ranked(units), upliftHeight, weights);

/** Units with their order, so that a thousand draws sort once. */
export interface RankedUnits extends UpliftUnits {
  readonly order: Int32Array;
}

/** Sorts units by score, highest first. */
export const ranked = (units: UpliftUnits): RankedUnits => ({ ...units, order: orderDescending(units.score) });

/** The curve of units that are ranked already. */
export function curveOf(
  { score, treated, outcome, order }: RankedUnits,
  height: Height,
  weights?: ArrayLike<number>,
): UpliftCurve {
  const taken = [0];
  const gain = [0];
  let [won, lost, inTreated, inControl] = [0, 0, 0, 0];
  for (let rank = 0; rank < order.length; rank++) {
    const unit = order[rank]!;
    const weight = weights === undefined ? 1 : weights[unit]!;
    if (treated[unit] === 1) {
      won += weight * outcome[unit]!;
      inTreated += weight;
    } else {
      lost += weight * outcome[unit]!;
      inControl += weight;
    }
    if (rank + 1 < order.length && score[order[rank + 1]!] === score[unit]) continue;
    if (inTreated + inControl === taken.at(-1)) continue;
    taken.push(inTreated + inControl);
    gain.push(height(won, lost, inTreated, inControl));
  }
  return { taken: Float64Array.from(taken), gain: Float64Array.from(gain) };
}

/** Area under a curve by trapezoids, above the straight line from its first to its last point. */
export function areaAboveLine({ taken, gain }: UpliftCurve): number {
  return areaUnder(taken, gain) - (taken.at(-1)! * gain.at(-1)!) / 2;
}

function areaUnder(x: Float64Array, y: Float64Array): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
  return area;
}

/**
 * The Qini coefficient: area between the curve and chance, over the same of a perfect ranking of 0/1 outcomes (treated buyers first, control buyers
 * last), as scikit-uplift's `qini_auc_score`. NaN where the perfect curve is chance itself. `perfect` is the same for every score of the same units.
 */
export const qiniCoefficient = (units: RankedUnits, weights?: ArrayLike<number>, perfect = perfectQini(units)): number =>
  areaAboveLine(curveOf(units, qiniHeight, weights)) / areaAboveLine(curveOf(perfect, qiniHeight, weights));

/** The units in the order of a perfect ranking. */
export const perfectQini = (units: RankedUnits): RankedUnits => rankedBy(units, qiniPerfect);

/** The same for the uplift curve, with scikit-uplift's perfect ranking for `uplift_auc_score` (Devriendt, Guns and Verbeke 2020). */
export function upliftCoefficient(units: RankedUnits, weights?: ArrayLike<number>): number {
  const perfect = rankedBy(units, upliftPerfect(units));
  return areaAboveLine(curveOf(units, upliftHeight, weights)) / areaAboveLine(curveOf(perfect, upliftHeight, weights));
}

/** AUUC above chance in the outcome's unit a unit: what targeting by the score would win over targeting by lot, averaged over all depths. */
export function auuc(units: RankedUnits, weights?: ArrayLike<number>): number {
  const curve = curveOf(units, upliftHeight, weights);
  return areaAboveLine(curve) / curve.taken.at(-1)! ** 2;
}

type PerfectScore = (treated: number, outcome: number) => number;

const qiniPerfect: PerfectScore = (treated, outcome) => (treated === 1 ? outcome : -outcome);

function upliftPerfect({ treated, outcome, order }: RankedUnits): PerfectScore {
  let [controlBuyers, treatedOthers] = [0, 0];
  for (const unit of order) {
    if (treated[unit] === 1) treatedOthers += 1 - outcome[unit]!;
    else controlBuyers += outcome[unit]!;
  }
  return (isTreated, bought) => 2 * Number(bought === isTreated) + (controlBuyers > treatedOthers ? bought : isTreated);
}

const rankedBy = (units: RankedUnits, scoreOf: PerfectScore): RankedUnits =>
  ranked({
    ...units,
    score: Float64Array.from({ length: units.order.length }, (_, i) => scoreOf(units.treated[i]!, units.outcome[i]!)),
  });
