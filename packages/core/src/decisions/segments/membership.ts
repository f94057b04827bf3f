import { compileExpression } from '../rules/compile-expression.ts';
import { openSlots } from '../rules/slots.ts';
import type { SegmentFact } from './facts.ts';
import type { Segment } from './segment.ts';
import type { ShopperFacts, Survey } from './survey.ts';

/** Whether the shopper of a place in a survey, with these facts, is in a segment. */
export type IsMember = (index: number, facts: ShopperFacts) => boolean;

/** The lowest score of the highest share: equal scores are never torn apart, so a cut inside a tie moves up. Infinity: nobody. */
export function cutOf(scores: Float64Array, top: number): number {
  const known = scores.filter((score) => !Number.isNaN(score)).sort();
  const wanted = Math.floor(top * known.length);
  if (wanted === 0) return Number.POSITIVE_INFINITY;
  let at = known.length - wanted;
  while (at > 0 && at < known.length && known[at] === known[at - 1]) at++;
  return at < known.length ? known[at]! : Number.POSITIVE_INFINITY;
}

/** Who is in a segment, of those surveyed. */
export function openMembership({ membership }: Segment, survey: Survey): IsMember {
  if (membership.kind === 'score') {
    const scores = survey.scores(membership.score);
    const cut = cutOf(scores, membership.top);
    return (index) => scores[index]! >= cut;
  }
  const { slotOf, names } = openSlots();
  const holds = compileExpression(membership.when, slotOf);
  const asked = names as readonly SegmentFact[];
  return (_, facts) => holds(asked.map((name) => facts[name])) === true;
}
