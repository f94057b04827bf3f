const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const infinite = /^([+-]?)inf(?:inity)?$/i;

/** A cell as a number: empty and `NaN` are missing (NaN), `Infinity` and `-Infinity` are meant; undefined where it is no number. */
export function parseCell(cell: string): number | undefined {
  const text = cell.trim();
  if (text === '' || /^[+-]?nan$/i.test(text)) return Number.NaN;
  if (decimal.test(text)) return Number(text);
  const sign = infinite.exec(text)?.[1];
  if (sign === undefined) return undefined;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A number with 17 significant digits, which read back as the same float64. */
export const formatNumber = (value: number): string => value.toPrecision(17);

/** A field as RFC 4180 writes it. */
export const formatField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
