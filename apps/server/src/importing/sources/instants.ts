/** How a column writes its moments. */
export const timeFormats = ['datetime', 'epoch_s', 'epoch_ms', 'epoch_us'] as const;
export type TimeFormat = (typeof timeFormats)[number];

const unitMs: Readonly<Record<Exclude<TimeFormat, 'datetime'>, number>> = { epoch_s: 1_000, epoch_ms: 1, epoch_us: 1e-3 };

/** A moment as `parseEvent` reads it; what cannot be read is handed on for it to refuse by name. */
export function instant(value: unknown, format: TimeFormat): unknown {
  if (format === 'datetime') return typeof value === 'string' ? rfc3339(value) : value;
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return value;
  return Math.floor(format === 'epoch_us' ? number / 1_000 : number * unitMs[format]);
}

/** `2019-10-01 00:00:00 UTC`, `…+00` and the same without a zone (then UTC) as RFC 3339. */
function rfc3339(value: string): string {
  const zoned = value
    .replace(/ ?UTC$/, 'Z')
    .replace(/([+-]\d{2})$/, '$1:00')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return `${value}T00:00:00Z`;
  return /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?$/.test(zoned) ? `${zoned}Z` : zoned;
}
