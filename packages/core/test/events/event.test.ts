import { canonicalName, vocabularies } from '@tillcast/core/events/aliases';
import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import { eventNames } from '@tillcast/core/events/event';
import { defaultSessionGapMs, nextSession, type Session } from '@tillcast/core/events/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('canonicalName', () => {
  it('knows its own names and those of the other vocabularies', () => {
    for (const name of eventNames) expect(canonicalName(name)).toBe(name);
    for (const [theirs, ours] of Object.values(vocabularies).flatMap((names) => Object.entries(names)))
      expect(canonicalName(theirs)).toBe(ours);
  });

  it('never gives one name two meanings', () => {
    const all = Object.values(vocabularies).flatMap((names) => Object.entries(names));
    for (const [theirs, ours] of all)
      expect(all.filter(([name]) => name === theirs).every(([, meaning]) => meaning === ours)).toBe(true);
  });

  it.each(['', 'VIEW', 'page_view', 'constructor', '__proto__', 'toString'])('does not know %j', (name) => {
    expect(canonicalName(name)).toBeUndefined();
  });
});

describe('compareCodePoints', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\u{7ff}', '\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{10000}', '😀'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('nextSession', () => {
  const fold = (events: readonly { eventTimeMs: number; sessionId?: string }[]): Session[] => {
    const sessions: Session[] = [];
    for (const event of events) sessions.push(nextSession(sessions.at(-1), event));
    return sessions;
  };

  it('goes on through 30 minutes of silence and ends after', () => {
    const [first, second, third] = fold([
      { eventTimeMs: 0 },
      { eventTimeMs: defaultSessionGapMs },
      { eventTimeMs: 2 * defaultSessionGapMs + 1 },
    ]);
    expect(second).toEqual({ id: first!.id, startMs: 0, lastMs: defaultSessionGapMs });
    expect(third).toEqual({
      id: `t${2 * defaultSessionGapMs + 1}`,
      startMs: 2 * defaultSessionGapMs + 1,
      lastMs: 2 * defaultSessionGapMs + 1,
    });
  });

  it('follows the id of the shop, whatever the silence', () => {
    const sessions = fold([
      { eventTimeMs: 0, sessionId: 'a' },
      { eventTimeMs: 9e7, sessionId: 'a' },
      { eventTimeMs: 9e7, sessionId: 'b' },
      { eventTimeMs: 9e7 + 1 },
    ]);
    expect(sessions.map(({ id }) => id)).toEqual(['a', 'a', 'b', 'b']);
  });

  it('names a derived session by its first moment alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * defaultSessionGapMs }), { minLength: 1 }), (gaps) => {
        const times = gaps.map((_, i) => gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 1e12));
        for (const session of fold(times.map((eventTimeMs) => ({ eventTimeMs })))) {
          expect(session.id).toBe(`t${session.startMs}`);
          expect(session.lastMs).toBeGreaterThanOrEqual(session.startMs);
        }
      }),
    );
  });
});
