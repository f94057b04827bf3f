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

/** `+4.2 %`, `−0.3 %`: a change with its sign. */
export const change = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`;

/** `1,204`. */
export const count = (number: number): string => Math.round(number).toLocaleString('en');

/** `about 12.4`, `about 3,120`: an expected number of people. */
export const expected = (number: number): string => (number < 99.95 ? number.toFixed(1) : count(number));

/** `20 Nov 2026, 18:30 UTC`: instants are shown in the one zone that everybody can agree upon. */
export const moment = (instant: string): string => `${day(instant)}, ${instant.slice(11, 16)} UTC`;

/** `20 Nov 2026`, of an instant (UTC) or a day of the calendar. */
export const day = (text: string): string =>
  new Date(`${text.slice(0, 10)}T00:00:00Z`).toLocaleDateString('en-GB', {
    ...{ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' },
  });

/** `€1,234`, `−€20`, or the bare number where the shop named no currency; from hundredths. */
export function money(cents: number, currency: string | null): string {
  const digits = cents !== 0 && Math.abs(cents) < 10_000 ? 2 : 0;
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const style = currency === null ? {} : { style: 'currency', currency, currencyDisplay: 'narrowSymbol' as const };
  const text = (Math.abs(cents) / 100).toLocaleString('en', { ...style, ...places } as Intl.NumberFormatOptions);
  return cents < 0 ? `−${text}` : text;
}

/** The same with its sign, of a gain or a loss. */
export const gain = (cents: number, currency: string | null): string => `${cents > 0 ? '+' : ''}${money(cents, currency)}`;
