import { cumulate, pick } from '../../simulation/distributions.ts';
import type { Random } from '../../simulation/random.ts';
import { compareAll } from './compare-all.ts';
import { readyCovariates } from './covariates.ts';
import { measure } from './measure.ts';
import { leftOut } from './moments.ts';
import type { AnalysisPlan } from './plan.ts';
import type { Units } from './units.ts';

export interface RedrawOptions {
  readonly runs: number;
  readonly random: Random;
}

/**
 * How often the registered rule finds a winner or a loser in the primary metric where there is none: the variants are drawn anew over the same
 * units, by the designed weights, and the table analysed once a run at its end. A sound fixed rule gives about α; an always-valid one less.
 */
export function falsePositiveRate(units: Units, plan: AnalysisPlan, { runs, random }: RedrawOptions): number {
  const primary = plan.metrics.filter(({ role }) => role === 'primary');
  const weights = units.arms.map((name) => plan.weights?.[name] ?? (plan.weights === undefined ? 1 : 0));
  const covariates = plan.isDecidedByCuped ? plan.covariates : [];
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const counted = { ...units, arm: redrawn(units, weights, random) };
    const ready = readyCovariates(counted, covariates);
    const filled = { ...counted, columns: ready.columns };
    const measured = primary.map(({ shape }) => measure(filled, shape, ready.names));
    const comparisons = compareAll(filled, { ...plan, metrics: primary }, measured, ready.names);
    if (comparisons.some(({ figures }) => figures !== undefined && figures.holm <= plan.assurance.alpha)) found++;
  }
  return found / runs;
}

/** Arms drawn by weight; units of a cluster go together. */
function redrawn({ arm, cluster }: Units, weights: readonly number[], random: Random): Uint8Array {
  const sums = cumulate(weights);
  const draw = (): number => pick(random, sums);
  const ofCluster = new Map<number, number>();
  return arm.map((of, row) => {
    if (of === leftOut) return leftOut;
    if (cluster === undefined) return draw();
    const drawn = ofCluster.get(cluster[row]!) ?? draw();
    ofCluster.set(cluster[row]!, drawn);
    return drawn;
  });
}
