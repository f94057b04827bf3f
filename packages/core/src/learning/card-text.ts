import type { Interval } from './metric.ts';

/** A figure for readers: fixed decimals, and words where it cannot be told (null comes from JSON). */
export const figure = (value: number | null, decimals: number): string =>
  typeof value === 'number' && Number.isFinite(value) ? value.toFixed(decimals) : 'not known';

/** A figure with its 95 % interval, "0.842 (0.820–0.861)". */
export const withInterval = ({ value, low, high }: Interval, decimals: number): string =>
  Number.isFinite(low) && Number.isFinite(high)
    ? `${figure(value, decimals)} (${figure(low, decimals)} to ${figure(high, decimals)})`
    : `${figure(value, decimals)} (interval not known)`;

/** A share in per cent. */
export const percent = (share: number | null, decimals = 2): string =>
  typeof share === 'number' && Number.isFinite(share) ? `${(100 * share).toFixed(decimals)} %` : 'not known';

/** A count with thousands separated. */
export const count = (value: number): string => value.toLocaleString('en');

/** A day and minute in UTC. */
export const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A Markdown table; the first column is left-aligned, the rest right. A bar or line break in a cell cannot break it. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
