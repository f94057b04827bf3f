import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openLocalMinutes } from '../../src/segments/local-minutes.ts';
import { lastDueMs, openNightly } from '../../src/segments/nightly.ts';

const minuteMs = 60_000;
const utc = (epochMs: number) => Math.floor(epochMs / minuteMs) % 1_440;

describe('when it was due', () => {
  it('is within the last day, at the local time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e11, max: 4e12 }), fc.integer({ min: 0, max: 1_439 }), (nowMs, atMinutes) => {
        const due = lastDueMs(nowMs, atMinutes, utc);
        expect(due).toBeLessThanOrEqual(nowMs);
        expect(nowMs - due).toBeLessThan(1_440 * minuteMs + minuteMs);
        expect(utc(due)).toBe(atMinutes);
      }),
    );
  });

  it('is by the clock on the shop’s wall', () => {
    const berlin = openLocalMinutes('Europe/Berlin');
    expect(berlin(Date.parse('2026-11-20T02:30:00Z'))).toBe(3 * 60 + 30);
    expect(berlin(Date.parse('2026-07-20T02:30:00Z'))).toBe(4 * 60 + 30);
    expect(new Date(lastDueMs(Date.parse('2026-11-20T12:00:00Z'), 180, berlin)).toISOString()).toBe('2026-11-20T02:00:00.000Z');
  });
});

describe('the job', () => {
  const open = (over: Partial<Parameters<typeof openNightly>[0]> = {}) => {
    vi.useFakeTimers();
    const state = { nowMs: Date.parse('2026-11-20T12:00:00Z'), lastMs: undefined as number | undefined, done: [] as number[] };
    const job = openNightly({
      ...{ atMinutes: 180, everyMs: minuteMs, minutesOf: utc, now: () => state.nowMs, lastMs: () => state.lastMs },
      work: async (nowMs) => {
        state.done.push(nowMs);
        state.lastMs = nowMs;
      },
      onTrouble: () => {},
      ...over,
    });
    const pass = async (minutes: number) => {
      for (let passed = 0; passed < minutes; passed++) {
        state.nowMs += minuteMs;
        await vi.advanceTimersByTimeAsync(minuteMs);
      }
    };
    return { job, state, pass };
  };

  it('works at once when it never did, and then once a night', async () => {
    const { job, state, pass } = open();
    await pass(3 * 1_440);
    expect(state.done.map((at) => new Date(at).toISOString().slice(5, 16))).toEqual([
      '11-20T12:01',
      '11-21T03:00',
      '11-22T03:00',
      '11-23T03:00',
    ]);
    await job.close();
    vi.useRealTimers();
  });

  it('tries again an hour after a failure, and not before', async () => {
    const tries: number[] = [];
    const { job, state, pass } = open({
      work: async (nowMs) => {
        tries.push(nowMs);
        throw new Error('the disk is full');
      },
    });
    await pass(125);
    expect(tries.map((at) => (at - state.nowMs) / minuteMs + 125)).toEqual([1, 61, 121]);
    await job.close();
    vi.useRealTimers();
  });
});
