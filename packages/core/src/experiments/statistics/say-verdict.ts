import type { Compared, WithInterval } from './compare.ts';
import type { MetricPlan } from './plan.ts';

const percent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
const plain = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toPrecision(3)}`;

/** `conversion +15.0 % (95 % interval +9.1 % to +21.0 %; p = 0.0012)`; in the metric's unit where control's mean is 0. */
export function sayEffect({ name }: MetricPlan, { difference, relativeLift, pValue }: Compared, alpha: number): string {
  const [effect, show]: [WithInterval, (value: number) => string] =
    relativeLift === null ? [difference, plain] : [relativeLift, percent];
  const p = pValue < 1e-4 ? 'p < 0.0001' : `p = ${pValue.toFixed(4)}`;
  const level = `${String(Math.round((1 - alpha) * 1000) / 10)} %`;
  return `${name} ${show(effect[0])} (${level} interval ${show(effect[1])} to ${show(effect[2])}; ${p})`;
}

/** A count for people: two digits and zeros, such as 21,000. */
export function sayAbout(count: number): string {
  const digits = Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return (Math.ceil(count / 10 ** digits) * 10 ** digits).toLocaleString('en');
}

/** `about 9 days and 21,000 shoppers more`; without days where the pace is not known. */
export function sayMore(unitsMore: number, daysMore: number | undefined): string {
  if (!Number.isFinite(unitsMore)) return 'more shoppers, how many cannot be told yet';
  const shoppers = `${sayAbout(unitsMore)} shoppers more`;
  if (daysMore === undefined) return `about ${shoppers}`;
  return `about ${daysMore} ${daysMore === 1 ? 'day' : 'days'} and ${shoppers}`;
}
