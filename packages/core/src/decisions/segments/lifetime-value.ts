/** Parameters of the BG/NBD model of repeat orders, in days (Fader, Hardie & Lee 2005). */
export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** Parameters of the gamma-gamma model of an order day's value (Fader & Hardie 2013). */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly v: number;
}

/** What the models know of a buyer: days with an order after the first one, days from the first to the last, and to now. */
export interface Purchases {
  readonly repeats: number;
  readonly lastDay: number;
  readonly age: number;
  /** Mean value of the repeat days; any number where there are none. */
  readonly meanValue: number;
}

const mostTerms = 100_000;

/** Gauss's hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1 and positive a, b, c, by its series; relative error about 1e-13. */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  let [sum, term] = [1, 1];
  for (let n = 0; n < mostTerms; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (term <= sum * 1e-15) break;
  }
  return sum;
}

/** (α + T) / (α + t_x) to the power r + x, times a / (b + x − 1): the odds that the buyer is gone, 0 without a repeat. */
function oddsGone({ r, alpha, a, b }: BgNbd, { repeats, lastDay, age }: Purchases): number {
  if (repeats === 0) return 0;
  return (a / (b + repeats - 1)) * ((alpha + age) / (alpha + lastDay)) ** (r + repeats);
}

/** The chance that a buyer still is one; after Fader, Hardie & Lee (2008), “Computing P(alive) using the BG/NBD model”, eq. 5. */
export const chanceAlive = (model: BgNbd, purchases: Purchases): number => 1 / (1 + oddsGone(model, purchases));

/** How many days with an order the next `days` days hold, in expectation; Fader, Hardie & Lee (2005), eq. 10. */
export function expectedOrders(model: BgNbd, purchases: Purchases, days: number): number {
  const { r, alpha, b } = model;
  // At a = 1 the formula is 0 / 0; its limit is met next to it.
  const a = Math.abs(model.a - 1) < 1e-6 ? 1 + 1e-6 : model.a;
  const { repeats, age } = purchases;
  const z = days / (alpha + age + days);
  const decline = ((alpha + age) / (alpha + age + days)) ** (r + repeats);
  const series = hypergeometric(r + repeats, b + repeats, a + b + repeats - 1, z);
  return (((a + b + repeats - 1) / (a - 1)) * (1 - decline * series)) / (1 + oddsGone({ ...model, a }, purchases));
}

/** The mean value of a buyer's order days, in expectation; Fader & Hardie (2013), eq. 5. */
export function expectedValue({ p, q, v }: GammaGamma, { repeats, meanValue }: Purchases): number {
  return (p * (v + (repeats === 0 ? 0 : repeats * meanValue))) / (p * repeats + q - 1);
}
