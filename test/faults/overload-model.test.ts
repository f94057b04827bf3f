import { describe, expect, it } from 'vitest';
import { type Admission, openAdmission } from '../../apps/server/src/http/admission.ts';
import { type LoopHooks, type LoopModel, runLoop } from './loop-model.ts';

const byAge = (hooks: LoopHooks): Admission => openAdmission(hooks);
const takesAll = (): Admission => ({ refuses: () => undefined, left: () => {}, underWay: 0, isStrict: false });
/** What a refusal costs the loop: 14.5 µs were measured (docs/adr/0014-admission.md); a third more, to spare. */
const refusalMs = 0.02;
const of = (times: number, answerMs: number, over: Partial<LoopModel> = {}): LoopModel => ({
  ...{ ratePerMs: times / answerMs, untilMs: 20_000, answerMs, refusalMs },
  ...over,
});

describe.each([1, 3])('an answer costs the loop %d ms', (answerMs) => {
  const baseline = runLoop(byAge, of(0.8, answerMs));

  it('in ordinary times hardly anyone is refused', () => {
    expect(baseline.refused / baseline.due).toBeLessThan(0.005);
  });

  it.each([
    [2, 0.85, 3],
    [10, 0.7, 5],
  ])('asked %d times too much: goodput and p99 of those taken in hold', (times, goodput, p99) => {
    const figures = runLoop(byAge, of(times, answerMs));
    expect(figures.goodput).toBeGreaterThan(goodput);
    expect(figures.p99Ms).toBeLessThan(p99 * baseline.p99Ms);
    expect(figures.answered + figures.refused).toBe(figures.due);
  });

  it('with half of it free, nobody', () => {
    expect(runLoop(byAge, of(0.5, answerMs)).refused).toBe(0);
  });

  it('without it all wait ever longer', () => {
    expect(runLoop(takesAll, of(2, answerMs)).p99Ms).toBeGreaterThan(100 * baseline.p99Ms);
  });
});

describe('short pauses', () => {
  const pauses = Array.from({ length: 15 }, (_, index) => ({ atMs: 1_000 + 1_000 * index, forMs: 60 }));

  it('refuse nobody where there is room to catch up', () => {
    expect(runLoop(byAge, of(0.5, 1, { pauses })).refused).toBe(0);
  });

  it('an admission without patience would refuse for them', () => {
    const hasty = (hooks: LoopHooks): Admission => openAdmission({ ...hooks, patientMs: 10 });
    expect(runLoop(hasty, of(0.5, 1, { pauses })).refused).toBeGreaterThan(50);
  });
});

describe('the order of giving up', () => {
  it('batch before dashboard before ingest before predict; health never', () => {
    const kinds = ['predict', 'ingest', 'dashboard', 'batch', 'always'] as const;
    let nowMs = 0;
    const admission = openAdmission({ now: () => nowMs, afterTurn: () => {}, fewest: 0, patientMs: 100 });
    admission.refuses('always');
    const refusedAfter = (ms: number) => {
      nowMs = ms;
      return kinds.filter((kind) => admission.refuses(kind) !== undefined);
    };
    expect(refusedAfter(20)).toEqual([]);
    expect(refusedAfter(30)).toEqual(['batch']);
    expect(refusedAfter(60)).toEqual(['dashboard', 'batch']);
    expect(refusedAfter(80)).toEqual(['ingest', 'dashboard', 'batch']);
    expect(refusedAfter(120)).toEqual(['predict', 'ingest', 'dashboard', 'batch']);
  });

  it('too many under way: the same order', () => {
    const admission = openAdmission({ now: () => 0, afterTurn: () => {}, maxUnderWay: 100 });
    const taken = { batch: 0, dashboard: 0, ingest: 0, predict: 0 };
    for (const kind of ['batch', 'dashboard', 'ingest', 'predict'] as const)
      while (admission.refuses(kind) === undefined) taken[kind] += 1;
    expect(taken).toEqual({ batch: 25, dashboard: 25, ingest: 25, predict: 25 });
    expect(admission.refuses('predict')).toBe('crowded');
    admission.left();
    expect(admission.refuses('batch')).toBe('crowded');
    expect(admission.refuses('predict')).toBeUndefined();
  });
});
