import { type EffectBin, effectBins } from '@tillcast/core/decisions/uplift/effect-bins';
import { type RankQuality, rankQuality } from '@tillcast/core/decisions/uplift/qini-intervals';
import { shrunk } from '@tillcast/core/decisions/uplift/shrink-effects';
import { openRandom } from '@tillcast/core/simulation/random';
import type { TreatmentBoard } from './learn-policy.ts';
import type { ExperimentUnits } from './units.ts';

/** How well the effects that are served rank and how well they are calibrated, out of fold. */
export interface PolicyQuality {
  readonly rank: RankQuality;
  readonly bins: readonly EffectBin[];
}

/** Qini and AUUC on purchases, and calibration of the profit effect, on the units of the control arm and of the treatment. */
export function qualityOf(
  { arm, bought }: ExperimentUnits,
  { units, predicted, effects, board }: TreatmentBoard,
  seed: number,
): PolicyQuality {
  const score = predicted.map((effect) => shrunk(board.chosen.shrinkage, effect));
  const ranked = {
    ...{ score: predicted },
    treated: Uint8Array.from(units, (unit) => Number(arm[unit] !== 0)),
    outcome: Uint8Array.from(units, (unit) => bought[unit]!),
  };
  return { rank: rankQuality(ranked, { random: openRandom(`uplift/${seed}`) }), bins: effectBins(score, effects) };
}
