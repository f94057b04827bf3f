import { blendScores } from '../scoring/blend-log-odds.ts';
import { type Blend, type MemberName, memberNames } from '../scoring/ensemble.ts';
import { probabilityOf } from '../scoring/log-odds.ts';
import { memberLogOdds } from '../scoring/member-log-odds.ts';
import { fitBlend, type MemberRaw, SMALLEST_WEIGHT } from './blend.ts';
import type { FittingRows } from './fitting-rows.ts';
import { fitStack } from './stack.ts';

/** An ensemble that smaller ones learn from. */
export interface Teacher {
  readonly blend: Blend;
  /** What it says of the rows where blends are fitted. */
  readonly probabilities: Float64Array;
}

/** The `log_odds` blend of all members whole, fitted on the labels. */
export function openTeacher({ raw, labels, groups }: Pick<FittingRows, 'raw' | 'labels' | 'groups'>): Teacher {
  const blend = fitBlend(raw, labels, groups);
  return { blend, probabilities: blendScores(blend, raw, labels.length).map(probabilityOf) };
}

/** Enough to settle the shares of two members that say the same. */
export const FAINT_EVENNESS = 0.01;

/**
 * The `log_odds` blend of smaller members that says most nearly what the teacher says, by Kullback–Leibler divergence (distillation: Hinton, Vinyals &
 * Dean 2015): a few hundred buyers, asked once more, would give weights of other noise than the teacher's. Members that would weigh less than a hundredth
 * get nothing. Undefined where no member goes with the teacher at all.
 */
export function distilBlend(raw: MemberRaw, { blend: { forestShrinkage }, probabilities }: Teacher): Blend | undefined {
  const given = memberNames.filter((name) => raw[name] !== undefined);
  const logOdds = new Map(given.map((name) => [name, raw[name]!.map((score) => memberLogOdds(name, score, forestShrinkage))]));
  for (let names = given; names.length > 0; ) {
    const members = names.map((name) => logOdds.get(name)!);
    const { intercept, coefficients } = fitStack({ members, labels: probabilities }, FAINT_EVENNESS);
    const slope = coefficients.reduce((sum, v) => sum + v, 0);
    if (slope <= 0) return undefined;
    const shareOf = (name: MemberName): number => (names.includes(name) ? coefficients[names.indexOf(name)]! / slope : 0);
    const kept = names.filter((name) => shareOf(name) >= SMALLEST_WEIGHT);
    if (kept.length === names.length) {
      const weights = Object.fromEntries(given.map((name) => [name, shareOf(name)]));
      return { kind: 'log_odds', weights, forestShrinkage, platt: { slope, intercept } };
    }
    names = kept;
  }
  return undefined;
}
