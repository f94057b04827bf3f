import { cumulate, normal } from '../../../simulation/distributions.ts';
import type { Random } from '../../../simulation/random.ts';
import { compare, differenceVariance } from '../compare.ts';
import { adjustedEstimate, pooledTheta } from '../cuped.ts';
import { meanEstimate } from '../estimate.ts';
import { type ColumnKind, type Moments, momentsByGroup, momentsOfSums } from '../moments.ts';
import { upperQuantile } from '../special/normal.ts';
import { welchTest } from '../two-sample-test.ts';
import { binomial } from './binomial.ts';

export interface AmountsTrial {
  readonly runs: number;
  readonly unitsPerArm: number;
  /** Planted correlation of outcome and covariate. */
  readonly rho: number;
  /** Of the mean. */
  readonly lift: number;
}

const MEAN = 1;

/** Amounts with a covariate of known correlation: mean variance ratio, and how often the adjusted 95 % interval holds the true difference. */
export function cupedOnAmounts({ runs, unitsPerArm, rho, lift }: AmountsTrial, random: Random) {
  const units = 2 * unitsPerArm;
  const arm = Uint8Array.from({ length: units }, (_, unit) => Number(unit >= unitsPerArm));
  const [y, x] = [new Float64Array(units), new Float64Array(units)];
  const test = welchTest(0.05);
  let [ratios, covered] = [0, 0];
  for (let run = 0; run < runs; run++) {
    for (let unit = 0; unit < units; unit++) {
      x[unit] = normal(random);
      y[unit] = MEAN * (1 + lift * arm[unit]!) + rho * x[unit]! + Math.sqrt(1 - rho * rho) * normal(random);
    }
    const { ratio, pair } = adjust(momentsByGroup([y, x], arm, 2), 'mean');
    ratios += ratio;
    const { difference } = compare(...pair, test);
    if (difference[1] <= MEAN * lift && MEAN * lift <= difference[2]) covered++;
  }
  return { varianceRatio: ratios / runs, coverage: covered / runs };
}

export interface ConversionTrial {
  readonly runs: number;
  readonly unitsPerArm: number;
  readonly base: number;
  readonly lift: number;
}

const INTENT_GROUPS = 20;

/** Conversion with a score before exposure that knows each shopper's intent group (propensities e^z apart): mean variance ratio. */
export function cupedOnConversion({ runs, unitsPerArm, base, lift }: ConversionTrial, random: Random): number {
  const weights = Array.from({ length: INTENT_GROUPS }, (_, group) => Math.exp(-upperQuantile((group + 0.5) / INTENT_GROUPS)));
  const mean = cumulate(weights).at(-1)! / INTENT_GROUPS;
  const rates = weights.map((weight) => (base * weight) / mean);
  let ratios = 0;
  for (let run = 0; run < runs; run++) {
    const arms = [rates, rates.map((rate) => rate * (1 + lift))].map((ofArm) => drawArm(unitsPerArm, ofArm, rates, random));
    ratios += adjust(arms, 'proportion').ratio;
  }
  return ratios / runs;
}

/** The moments of (converted, score) in an arm whose shoppers fall into equally likely intent groups. */
function drawArm(units: number, rates: readonly number[], scores: readonly number[], random: Random): Moments {
  let left = units;
  const sums = [0, 0];
  const products = [0, 0, 0, 0];
  for (const [group, rate] of rates.entries()) {
    const n = group === rates.length - 1 ? left : binomial(random, left, 1 / (rates.length - group));
    left -= n;
    const buyers = binomial(random, n, rate);
    const score = scores[group]!;
    sums[0]! += buyers;
    sums[1]! += n * score;
    products[0]! += buyers;
    products[1]! += buyers * score;
    products[2]! += buyers * score;
    products[3]! += n * score * score;
  }
  return momentsOfSums(units, sums, products);
}

function adjust(arms: readonly Moments[], kind: ColumnKind) {
  const outcome = { column: 0, kind };
  const covariates = [{ column: 1, kind: 'mean' as const }];
  const theta = pooledTheta(arms, outcome, covariates);
  const raw = arms.map((one) => meanEstimate(one, 0, kind));
  const [control, treatment] = arms.map((one) => adjustedEstimate(one, outcome, covariates, theta));
  return {
    pair: [control!, treatment!] as const,
    ratio: differenceVariance(control!, treatment!) / differenceVariance(raw[0]!, raw[1]!),
  };
}
