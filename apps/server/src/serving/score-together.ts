import type { TurnEnd } from '../http/turn-end.ts';
import type { Assessment, Assessor, Prepared } from './assess.ts';

/** A question and its score. */
export type Answerable<T> = readonly [asked: T, assessment: Assessment];

/** Makes a question ready and scores it, both with those that came at the same time; rejects with what `make` raises. */
export type ScoreSoon = <T extends { readonly prepared: Prepared }>(make: () => T) => Promise<Answerable<T>>;

/** Beyond this many nothing is gained by waiting for more, and those who wait would notice. */
const most = 64;

interface Waiting {
  readonly make: () => { readonly prepared: Prepared };
  readonly resolve: (answerable: Answerable<never>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the questions of one turn of the event loop and answers them at its end. Nobody waits for a clock: alone, a question is answered as soon as the
 * loop has nothing else at hand. Under load as many come together as were asked meanwhile: each tree is asked for all of them while it is in the
 * processor's cache, and so is the code that answers (docs/adr/0022-serving-speed.md).
 */
export function openScoreSoon(score: Assessor['score'], turnEnd: TurnEnd): ScoreSoon {
  let waiting: Waiting[] = [];

  function answerAll(): void {
    const ready: (Waiting & { readonly asked: { readonly prepared: Prepared } })[] = [];
    const all = waiting;
    waiting = [];
    for (const one of all) {
      try {
        ready.push({ ...one, asked: one.make() });
      } catch (error) {
        one.reject(error);
      }
    }
    if (ready.length === 0) return;
    try {
      const assessments = score(ready.map(({ asked }) => asked.prepared));
      for (const [index, { asked, resolve }] of ready.entries()) resolve([asked as never, assessments[index]!]);
    } catch (error) {
      for (const { reject } of ready) reject(error);
    }
  }

  return (make) =>
    new Promise((resolve, reject) => {
      waiting.push({ make, resolve, reject });
      if (waiting.length === 1) turnEnd.work(answerAll);
      else if (waiting.length >= most) answerAll();
    });
}
