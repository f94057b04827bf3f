/** What was looked at, and how it is. `warn`: it works, but not as it should; `fail`: it will not work, or will lose something. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

/** A finding; without a fault it is well. */
export const finding = (
  check: string,
  detail: string,
  fault?: { readonly status: 'warn' | 'fail'; readonly remedy: string },
): Finding => ({
  check,
  status: fault?.status ?? 'ok',
  detail: fault === undefined ? detail : `${detail}; ${fault.remedy}`,
});

/** What a check finds, or that it could not be made, and why. */
export async function findingOf(check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ check, status: 'fail', detail: error instanceof Error ? error.message : String(error) }];
  }
}

/** Bytes in words: `1.5 GiB`. */
export function bytesInWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1_024 && unit < units.length - 1) [value, unit] = [value / 1_024, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
