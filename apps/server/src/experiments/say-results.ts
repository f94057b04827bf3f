import { inWords } from '../serving/spoken.ts';
import type { ExperimentReport } from './results.ts';

const dayMs = 86_400_000;
type Interval = readonly [value: number, low: number, high: number];

const percentOf = (share: number): string => `${(100 * share).toFixed(1)} %`;

const count = (units: number): string => units.toLocaleString('en');
const signed = (text: string, value: number): string => `${value < 0 ? '−' : '+'}${text}`;

/** A mean of the metric that decides, for people. */
function sayMean(metric: string, mean: number | null): string {
  if (mean === null) return 'no outcome known yet';
  return metric === 'conversion' ? `${percentOf(mean)} bought` : `${metric} ${Number(mean.toPrecision(4))} a shopper`;
}

const sayDifference = (metric: string, [value, low, high]: Interval): string => {
  const show = (one: number): string =>
    signed(metric === 'conversion' ? (100 * Math.abs(one)).toFixed(1) : String(Number(Math.abs(one).toPrecision(3))), one);
  return `${show(value)} (${show(low)} to ${show(high)})${metric === 'conversion' ? ' percentage points' : ''} against control`;
};

function sayBest({ best_so_far: best, control, decision_metric: metric }: ExperimentReport): string[] {
  if (best === null) return [];
  const than = best.variant === control ? 'every other variant' : control;
  const known = best.is_known ? `known to be better than ${than}` : `whether that is more than chance is not known yet`;
  return [`Best so far: ${best.variant} (${sayMean(metric, best.mean)}); ${known}.`];
}

function sayCounted({ variants, excluded, triggered, maturity_days: days }: ExperimentReport): string[] {
  const counted = Object.values(variants).reduce((sum, { n }) => sum + n, 0);
  const apart = [
    [excluded.immature, `whose outcome is not known yet (it counts for ${inWords(days * dayMs)} from the exposure)`],
    [excluded.crossover, 'met two variants'],
    [excluded.holdout, 'held out'],
  ] as const;
  const left = apart.filter(([units]) => units > 0).map(([units, why]) => `${count(units)} ${why}`);
  const only =
    triggered === undefined || counted === 0
      ? ''
      : ` (${percentOf(triggered.share)} of those exposed: for them the variants would decide differently, the others cannot tell)`;
  return [`Compared: ${count(counted)} shoppers${only}.${left.length === 0 ? '' : ` Left out: ${left.join(', ')}.`}`];
}

/** What an experiment says, line by line, for a person: the verdict first, then what it rests on. */
export function* sayResults(report: ExperimentReport): Generator<string> {
  const { verdict, variants, control, comparisons, decision_metric: metric, srm } = report;
  yield verdict;
  yield* sayBest(report);
  for (const [variant, { n, mean }] of Object.entries(variants)) {
    const against = comparisons.find((one) => one.variant === variant && one.metric === metric);
    const decisive = against !== undefined && 'always_valid' in against ? against.always_valid?.difference : against?.difference;
    const difference = decisive === undefined || decisive === null ? '' : `; ${sayDifference(metric, decisive)}`;
    yield `  ${variant}${variant === control ? ' (control)' : ''}: ${count(n)} shoppers, ${sayMean(metric, mean)}${difference}`;
  }
  yield* sayCounted(report);
  if (!srm.alarm && srm.observed.some((units) => units > 0))
    yield `Split: as designed, ${srm.observed.map(count).join(' : ')} (p = ${Number(srm.p_value.toPrecision(2))}).`;
}
