/** Local days begin on whole quarter hours of UTC, whatever the zone. */
const quarterMs = 900_000;
const dayMs = 86_400_000;

/** The day of a time zone's calendar that a moment lies in, such as `2026-11-20`; a quarter hour is looked up once. */
export function openDayOf(timeZone: string): (atMs: number) => string {
  // Sweden writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const known = new Map<number, string>();
  return (atMs) => {
    const quarter = Math.floor(atMs / quarterMs);
    const day = known.get(quarter) ?? format.format(quarter * quarterMs);
    known.set(quarter, day);
    return day;
  };
}

/** Whole days from one calendar day to another, both counted. */
export const daysFromTo = (first: string, last: string): number => Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1;
