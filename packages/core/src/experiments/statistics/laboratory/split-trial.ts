import type { Random } from '../../../simulation/random.ts';
import { checkSplit, defaultSplitAlarm } from '../srm.ts';
import { lookAtSplit, noLooks } from '../srm-sequential.ts';
import { binomial } from './binomial.ts';

export interface SplitTrial {
  readonly runs: number;
  /** Over both arms, before the loss. */
  readonly units: number;
  /** Share of the second arm's units that never arrive. */
  readonly loss: number;
  readonly looks: number;
}

/** Shares of runs in which a split alarm rang. */
export interface SplitRings {
  /** Daily looks, α shared among them. */
  readonly sequential: number;
  /** One look, at the end. */
  readonly fixed: number;
  /** The one-look test, looked at daily: not valid, shown for comparison. */
  readonly naivePeeking: number;
}

/** Simulates a half-and-half split in which one arm loses some of its units. */
export function simulateSplit({ runs, units, loss, looks }: SplitTrial, random: Random): SplitRings {
  const rings = { sequential: 0, fixed: 0, naivePeeking: 0 };
  const weights = [0.5, 0.5];
  const watch = { ...defaultSplitAlarm, plannedUnits: units };
  for (let run = 0; run < runs; run++) {
    let [arrived, kept, other] = [0, 0, 0];
    let watched = noLooks;
    let peeked = false;
    for (let look = 1; look <= looks; look++) {
      const added = Math.round((units * look) / looks) - arrived;
      arrived += added;
      const ofOther = binomial(random, added, 0.5);
      kept += added - ofOther;
      other += ofOther - (loss > 0 ? binomial(random, ofOther, loss) : 0);
      watched = lookAtSplit(watched, [kept, other], weights, watch);
      peeked ||= checkSplit([kept, other], weights).isAlarm;
    }
    rings.sequential += Number(watched.isAlarm);
    rings.fixed += Number(checkSplit([kept, other], weights).isAlarm);
    rings.naivePeeking += Number(peeked);
  }
  return { sequential: rings.sequential / runs, fixed: rings.fixed / runs, naivePeeking: rings.naivePeeking / runs };
}
