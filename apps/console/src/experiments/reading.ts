import type { ExperimentResults } from '@tillcast/api/experiment-results';
import type { Experiment } from '@tillcast/api/experiments';
import type { Figure } from '../charts/figure.ts';
import { change, count, percent } from '../format.ts';

/** One variant beside the control, in one metric. */
export type Comparison = ExperimentResults['comparisons'][number];

/** The figures that decide: those that hold at every look where the rule is sequential, else those of one look. */
export const decisive = (comparison: Comparison): Pick<Comparison, 'difference' | 'relative_lift'> =>
  comparison.always_valid ?? comparison;

/** Where an interval lies: only one that lies wholly on one side of 0 shows a difference. */
export type Side = 'above' | 'below' | 'contains';

/** The side of 0 that an interval lies on; an end that nothing bounds reaches over it. */
export function sideOf([, low, high]: Figure): Side {
  if (low !== null && low > 0) return 'above';
  return high !== null && high < 0 ? 'below' : 'contains';
}

/** The same in words, and how it is drawn. */
export const sides = {
  above: { text: 'higher: the whole interval lies above 0', tone: 'up' },
  below: { text: 'lower: the whole interval lies below 0', tone: 'down' },
  contains: { text: 'not known: the interval contains 0', tone: 'open' },
} as const satisfies Record<Side, { text: string; tone: 'up' | 'down' | 'open' }>;

/** A mean of a metric: a share of units, or an amount a unit. */
export const sayMean = (metric: string, value: number): string =>
  metric === 'conversion' ? percent(value) : value.toLocaleString('en', { maximumSignificantDigits: 4 });

const sayEnd = (value: number | null, say: (value: number) => string): string => (value === null ? 'no bound' : say(value));

/** `2.4 % to 3.6 %`. */
export const sayInterval = ([, low, high]: Figure, say: (value: number) => string): string =>
  `${sayEnd(low, say)} to ${sayEnd(high, say)}`;

/** `+15.0 %, 95 % interval +4.0 % to +26.0 %`. */
export const sayLift = (figure: Figure): string => `${change(figure[0])}, interval ${sayInterval(figure, change)}`;

/** What a verdict says first, and the rest of it. */
export function partsOf(verdict: string): { readonly headline: string; readonly rest: string } {
  const at = verdict.search(/ \(|; |\. /);
  return at < 0
    ? { headline: verdict, rest: '' }
    : { headline: verdict.slice(0, at), rest: verdict.slice(at).replace(/^[;.]? /, '') };
}

/** Where an experiment is in its life, for people. */
export type Phase = 'running' | 'planned' | 'stopped';

/** The phase; one that was started for a later day is planned still. */
export function phaseOf({ state, config }: Experiment, nowMs: number): Phase {
  if (state === 'stopped') return 'stopped';
  const { start_at: startAt } = config;
  const isDue = typeof startAt !== 'string' || Date.parse(startAt) <= nowMs;
  return state === 'running' && isDue ? 'running' : 'planned';
}

const reasons: readonly [keyof ExperimentResults['excluded'], string][] = [
  ['immature', 'were exposed too recently for their outcome to count'],
  ['crossover', 'met two variants'],
  ['holdout', 'are held out, so that the sum of all experiments can be measured'],
  ['repeated', 'were told twice'],
  ['later', 'came after the moment asked about'],
];

/** Who is left out, and why: `12 met two variants`. */
export const leftOut = ({ excluded }: ExperimentResults): string[] =>
  reasons.flatMap(([name, why]) => (excluded[name] === 0 ? [] : [`${count(excluded[name])} ${why}`]));
