import type { Compared, WithInterval } from './compare.ts';
import type { MetricPlan } from './plan.ts';

const percent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
const plain = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toPrecision(3)}`;

const points = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} points`;

/** A relative interval that reaches this far says only that control is small and not well known: +1,000 %. */
const mostRelative = 10;

/**
 * `conversion +15.0 % (95 % interval +9.1 % to +21.0 %; p = 0.0012)`; in the metric's unit, of a proportion in percentage points, where nothing of use can
 * be said relative to control's mean: it is 0, or not known well enough.
 */
export function sayEffect({ name, shape }: MetricPlan, { difference, relativeLift, pValue }: Compared, alpha: number): string {
  const isRelative = relativeLift !== null && Math.max(...relativeLift.map(Math.abs)) <= mostRelative;
  const [effect, show]: [WithInterval, (value: number) => string] = isRelative
    ? [relativeLift, percent]
    : [difference, shape.kind === 'proportion' ? points : plain];
  const p = pValue < 1e-4 ? 'p < 0.0001' : pValue > 0.9999 ? 'p = 1' : `p = ${pValue.toFixed(4)}`;
  const level = `${String(Math.round((1 - alpha) * 1000) / 10)} %`;
  return `${name} ${show(effect[0])} (${level} interval ${show(effect[1])} to ${show(effect[2])}; ${p})`;
}

/** A count for people: two digits and zeros, such as 21,000. */
export function sayAbout(count: number): string {
  const digits = Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return (Math.ceil(count / 10 ** digits) * 10 ** digits).toLocaleString('en');
}

/** How to take what lacks. */
export interface MoreOptions {
  /** Of all shoppers those that count, in (0, 1]: of these `unitsMore` are needed, and it is said how many come by until then. */
  readonly share?: number | undefined;
  /** The days are those of the minimum run: at which pace shoppers come is not known. */
  readonly isLeast?: boolean;
}

/** `about 9 days and 21,000 shoppers more`; without days where the pace is not known. */
export function sayMore(
  unitsMore: number,
  daysMore: number | undefined,
  { share = 1, isLeast = false }: MoreOptions = {},
): string {
  if (!Number.isFinite(unitsMore)) return 'more shoppers, how many cannot be told yet';
  const counted = share < 1 ? `, ${sayAbout(unitsMore)} of them where the variants would decide differently,` : '';
  const shoppers = `${sayAbout(unitsMore / share)} shoppers more${counted}`;
  if (daysMore === undefined) return `about ${shoppers}`;
  const days = `${daysMore} ${daysMore === 1 ? 'day' : 'days'}`;
  return isLeast ? `at least ${days}, and about ${shoppers}` : `about ${days} and ${shoppers}`;
}
