import { TillcastError } from '../errors/tillcast-error.ts';
import { blendRow } from './blend-log-odds.ts';
import { toLogOddsFactor, toProbabilityFactor } from './carry-contributions.ts';
import type { Blend, Explanation } from './ensemble.ts';
import { shrunkForest } from './member-log-odds.ts';
import { type Point, pointAt } from './point.ts';
import type { WeightedMember } from './weighted-members.ts';

/** The largest gap between base + Σ contributions and the served log-odds that is let through. */
export const ADDITIVITY_TOLERANCE = 1e-9;

/** A member's own explanation, in its own space: base + Σ contributions = raw. */
export interface MemberExplanation extends WeightedMember {
  readonly raw: number;
  readonly base: number;
  readonly contributions: Float64Array;
}

/** An explanation, with what one unit of each member's contributions is worth in served log-odds on this row; parallel to the members. */
export interface CombinedExplanation extends Explanation {
  readonly factors: readonly number[];
}

/** Carries the members' exact contributions through blend and calibration to the served log-odds, and checks that they add up. */
export function combineExplanations(blend: Blend, members: readonly MemberExplanation[]): CombinedExplanation {
  for (const member of members) assertAddsUp(member.name, member.base, member.contributions, member.raw);
  const { served } = blendRow(
    blend,
    members,
    members.map(({ raw }) => raw),
  );
  const carried = blend.kind === 'soft' ? carrySoft(blend, members) : carryLogOdds(blend, members);
  const { slope, intercept } = blend.platt;
  const factors = carried.factors.map((factor) => slope * factor);
  const baseValue = intercept + slope * carried.base;
  const contributions = new Float64Array(members[0]?.contributions.length ?? 0);
  for (const [m, member] of members.entries()) addScaled(contributions, member.contributions, factors[m]!);
  assertAddsUp('the ensemble', baseValue, contributions, served);
  return { baseValue, contributions, logOdds: served, factors };
}

/** Before calibration: where the ensemble starts from, and what a unit of each member's contributions is worth. */
interface Carried {
  readonly base: number;
  readonly factors: readonly number[];
}

/** Boosted members add as they are; the forest is carried from probability to log-odds first. */
function carryLogOdds(blend: Blend, members: readonly MemberExplanation[]): Carried {
  let base = 0;
  const factors = members.map((member) => {
    if (member.name !== 'random_forest') {
      base += member.weight * member.base;
      return member.weight;
    }
    const { start, end, toProbability, explained } = forestWay(blend, member);
    base += member.weight * start.logOdds;
    return member.weight * toProbability * toLogOddsFactor(start, end, explained);
  });
  return { base, factors };
}

/** Every member is carried to probability, averaged there, and the average carried back to log-odds. */
function carrySoft(blend: Blend, members: readonly MemberExplanation[]): Carried {
  const ways = members.map((member) => (member.name === 'random_forest' ? forestWay(blend, member) : boostedWay(member)));
  const bases = meanPoint(blend, members, (member) => member.base);
  const ends = meanPoint(blend, members, (member) => member.raw);
  const explained = ways.reduce((total, way, m) => total + members[m]!.weight * way.explained, 0);
  const factor = toLogOddsFactor(bases, ends, explained);
  return { base: bases.logOdds, factors: ways.map((way, m) => members[m]!.weight * way.toProbability * factor) };
}

/** From where to where a member goes on this row, and what turns its contributions into probability. */
interface Way {
  readonly start: Point;
  readonly end: Point;
  readonly toProbability: number;
  /** Σ contributions in probability. */
  readonly explained: number;
}

function forestWay({ forestShrinkage }: Blend, { base, raw, contributions }: MemberExplanation): Way {
  const toProbability = 1 - forestShrinkage.lambda;
  return {
    start: shrunkForest(base, forestShrinkage),
    end: shrunkForest(raw, forestShrinkage),
    toProbability,
    explained: toProbability * sum(contributions),
  };
}

function boostedWay({ base, raw, contributions }: MemberExplanation): Way {
  const start = pointAt(base);
  const end = pointAt(raw);
  const toProbability = toProbabilityFactor(start, end);
  return { start, end, toProbability, explained: toProbability * sum(contributions) };
}

function meanPoint(blend: Blend, members: readonly MemberExplanation[], value: (member: MemberExplanation) => number): Point {
  return pointAt(blendRow(blend, members, members.map(value)).blended);
}

function addScaled(into: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i]! += factor * values[i]!;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function assertAddsUp(who: string, base: number, contributions: Float64Array, expected: number): void {
  const gap = Math.abs(base + sum(contributions) - expected);
  if (gap <= ADDITIVITY_TOLERANCE) return;
  throw new TillcastError('EXPLANATION_BROKEN', `base value and contributions of ${who} miss the score ${expected} by ${gap}`);
}
