import { openZoneClock } from '@tillcast/core/features/zone-clock';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/St_Johns',
];
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What `Intl` says, asked afresh. */
function byIntl(timeZone: string, epochMs: number) {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: 'numeric', hourCycle: 'h23' });
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
  const dayOfWeek = weekdays.indexOf(parts.get('weekday')!);
  return { hour: Number(parts.get('hour')), dayOfWeek, isWeekend: dayOfWeek >= 5 };
}

describe('the clock on the shop’s wall', () => {
  it.each(zones)('shows what Intl shows in %s, changes of the clock included', (zone) => {
    const clock = openZoneClock(zone);
    const instant = fc.integer({ min: Date.UTC(2010, 11, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(instant, (ms) => {
        expect(clock(ms)).toEqual(byIntl(zone, ms));
      }),
      { numRuns: 300 },
    );
    for (let ms = Date.UTC(2026, 2, 1); ms < Date.UTC(2026, 10, 15); ms += 61 * 900_000 + 1)
      expect(clock(ms)).toEqual(byIntl(zone, ms));
  });

  it('refuses a zone that does not exist', () => {
    expect(() => openZoneClock('Mars/Olympus')).toThrow(/Mars\/Olympus.*IANA/);
  });
});
