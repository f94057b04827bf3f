import type { Days } from './settings.ts';

/** Local days begin on whole quarter hours of UTC, whatever the zone. */
const quarterMs = 900_000;

/** Opens a look-up of the name of the first of some days that a moment lies in, in a time zone; undefined = none. A quarter hour is looked up once. */
export function openDaysAt(days: readonly Days[], timeZone: string): (atMs: number) => string | undefined {
  if (days.length === 0) return () => undefined;
  // Sweden writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  let last: { readonly quarter: number; readonly name: string | undefined } | undefined;
  return (atMs) => {
    const quarter = Math.floor(atMs / quarterMs);
    if (last?.quarter !== quarter) {
      const day = format.format(quarter * quarterMs);
      last = { quarter, name: days.find(({ from, until }) => from <= day && day <= until)?.name };
    }
    return last.name;
  };
}
