/** `4.2 %`; more digits where they matter. */
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** `session_cart_adds` → `session cart adds`. */
export const words = (name: string): string => name.replaceAll('_', ' ');

/** A feature's value, short. */
export function value(number: number | null): string {
  if (number === null) return 'unknown';
  if (Number.isInteger(number)) return number.toLocaleString('en');
  return Math.abs(number) >= 100 ? Math.round(number).toLocaleString('en') : number.toPrecision(3);
}

/** `PT24H` → `24 hours`. */
export function horizon(duration: string): string {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  if (!match) return duration;
  const parts = (['days', 'hours', 'minutes', 'seconds'] as const).flatMap((unit, i) => {
    const count = match[i + 1];
    return count === undefined ? [] : [`${count} ${count === '1' ? unit.slice(0, -1) : unit}`];
  });
  return parts.join(' ');
}

/** How long ago, in words. */
export function ago(instant: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(instant)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}
