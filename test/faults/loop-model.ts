import { openRandom } from '@tillcast/core/simulation/random';
import type { Admission } from '../../apps/server/src/http/admission.ts';
import { percentilesOf } from '../../bench/http/open-loop.ts';

/** An event loop under an open load, in a time of its own. */
export interface LoopModel {
  readonly ratePerMs: number;
  readonly untilMs: number;
  /** What an answer costs the loop, and a refusal, ms. */
  readonly answerMs: number;
  readonly refusalMs: number;
  /** Moments at which the loop stands still for a while, as for a collection. */
  readonly pauses?: readonly { readonly atMs: number; readonly forMs: number }[];
  readonly seed?: number;
}

export interface LoopFigures {
  readonly due: number;
  readonly answered: number;
  readonly refused: number;
  /** Answers a millisecond, as a share of what the loop could do if it did nothing else. */
  readonly goodput: number;
  readonly p99Ms: number;
}

/** What an admission is given of the loop: its clock, and the end of each turn. */
export interface LoopHooks {
  readonly now: () => number;
  readonly afterTurn: (ended: () => void) => void;
}

/**
 * Runs requests through an admission as libuv would: a turn looks once, takes everything that has arrived, one after the other, and only then looks
 * again. Answers what became of them; the same seed, the same figures.
 */
export function runLoop(open: (hooks: LoopHooks) => Admission, model: LoopModel): LoopFigures {
  const { ratePerMs, untilMs, answerMs, refusalMs, pauses = [], seed = 1 } = model;
  const random = openRandom(seed).fork('arrivals');
  const arrivals: number[] = [];
  for (let at = 0; at < untilMs; at += -Math.log(1 - random.uniform()) / ratePerMs) arrivals.push(at);
  const waitingPauses = [...pauses];
  const latencies: number[] = [];
  let [nowMs, next, refused] = [0, 0, 0];
  let ended: (() => void) | undefined;
  const admission = open({
    now: () => nowMs,
    afterTurn: (end) => {
      ended = end;
    },
  });
  while (next < arrivals.length) {
    nowMs = Math.max(nowMs, arrivals[next]!);
    if (waitingPauses[0] !== undefined && waitingPauses[0].atMs <= nowMs) nowMs += waitingPauses.shift()!.forMs;
    const lookedAtMs = nowMs;
    for (; next < arrivals.length && arrivals[next]! <= lookedAtMs; next += 1) {
      if (admission.refuses('predict') !== undefined) {
        refused += 1;
        nowMs += refusalMs;
        continue;
      }
      nowMs += answerMs;
      admission.left();
      latencies.push(nowMs - arrivals[next]!);
    }
    ended?.();
    ended = undefined;
  }
  const goodput = (latencies.length * answerMs) / nowMs;
  return { due: arrivals.length, answered: latencies.length, refused, goodput, p99Ms: percentilesOf(latencies).p99 };
}
