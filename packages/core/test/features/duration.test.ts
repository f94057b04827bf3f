import { formatDuration, parseDuration } from '@tillcast/core/learning/duration';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('durations', () => {
  it.each([
    ['PT24H', 86_400_000],
    ['P14D', 1_209_600_000],
    ['PT5M', 300_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['PT0.5S', 500],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', 'P', 'PT', 'P1', '24H', 'PT24', 'P1Y', 'P1M', 'PT-5M', 'P1W2D', 'PT0S', 'P0D', 'P999999999D', ' PT5M', 'PT1e3S'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseDuration(text)).toThrow(/duration/);
    },
  );

  it('what is written reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
    expect(formatDuration(86_400_000)).toBe('PT24H');
    expect(formatDuration(14 * 86_400_000)).toBe('P14D');
  });
});
