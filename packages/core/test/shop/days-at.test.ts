import { openDaysAt } from '@tillcast/core/shop/days-at';
import { describe, expect, it } from 'vitest';

const days = [
  { name: 'Black Week', from: '2026-11-23', until: '2026-11-30' },
  { name: 'Cyber Monday', from: '2026-11-30', until: '2026-11-30' },
];

describe('the days of a shop', () => {
  it.each([
    ['Europe/Berlin', '2026-11-22T22:59:59.999Z', undefined],
    ['Europe/Berlin', '2026-11-22T23:00:00Z', 'Black Week'],
    ['Europe/Berlin', '2026-11-30T22:59:59.999Z', 'Black Week'],
    ['Europe/Berlin', '2026-11-30T23:00:00Z', undefined],
    ['Asia/Kathmandu', '2026-11-22T18:14:59Z', undefined],
    ['Asia/Kathmandu', '2026-11-22T18:15:00Z', 'Black Week'],
    ['America/New_York', '2026-11-23T04:59:59Z', undefined],
    ['America/New_York', '2026-11-23T05:00:00Z', 'Black Week'],
  ])('are those on its wall: in %s at %s %s', (timeZone, at, name) => {
    const nameAt = openDaysAt(days, timeZone);
    // Asked about another moment before, it does not remember the wrong one.
    nameAt(Date.parse(at) - 900_000);
    expect(nameAt(Date.parse(at))).toBe(name);
  });
});
