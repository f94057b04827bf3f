import type { ReferenceProfile } from './bundle.ts';
import { groupsOf } from './groups.ts';
import { orderDescending } from './order-descending.ts';
import { rateInterval } from './rate-interval.ts';

export type Band = ReferenceProfile['bands'][number];

const TOP_SHARES = [0.01, 0.05, 0.1, 0.25];

/**
 * Bands from the model's own score distribution, the highest first. The rate of "top 5 %" is that of all rows in the top 5 %, the top
 * 1 % included, as the words say; the rate of "rest" is that of the rows below the last cut. Equal scores are never torn apart: a cut inside a
 * tie moves up, and a band without a row is left out.
 */
export function bandsOf(
  logOdds: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: ArrayLike<string | number>,
): readonly Band[] {
  const order = orderDescending(logOdds);
  const { code } = groupsOf(groups);
  const bands: Band[] = [];
  let above = 0;
  for (const share of TOP_SHARES) {
    const end = wholeTies(logOdds, order, Math.floor(share * order.length));
    if (end <= above) continue;
    bands.push(band(`top ${100 * share} %`, share, order.subarray(0, end), logOdds, labels, code));
    above = end;
  }
  if (above < order.length) bands.push(band('rest', 1, order.subarray(above), logOdds, labels, code));
  return bands;
}

/** The band of a served score; a score below all that were seen is in the last. */
export const bandOf = (profile: ReferenceProfile, logOdds: number): Band | undefined =>
  profile.bands.find(({ minLogOdds }) => logOdds >= minLogOdds) ?? profile.bands.at(-1);

/** A band as what it is: "top 5 %: 6 in 100 buy". */
export function bandSentence({ name, rate }: Band): string {
  const per = rate[0] >= 0.01 || rate[0] === 0 ? 100 : rate[0] >= 0.001 ? 1000 : 10_000;
  return `${name}: ${Math.round(rate[0] * per)} in ${per.toLocaleString('en')} buy`;
}

function wholeTies(logOdds: ArrayLike<number>, order: Int32Array, end: number): number {
  while (end > 0 && end < order.length && logOdds[order[end]!] === logOdds[order[end - 1]!]) end--;
  return end;
}

function band(
  name: string,
  topShare: number,
  rows: Int32Array,
  logOdds: ArrayLike<number>,
  labels: ArrayLike<number>,
  code: Int32Array,
): Band {
  const { rate } = rateInterval(labels, code, rows);
  return { name, topShare, minLogOdds: logOdds[rows.at(-1)!]!, rate, rows: rows.length };
}
