import { TillcastError } from '../errors/tillcast-error.ts';
import type { Blend, MemberName } from './ensemble.ts';
import { softplus } from './log-odds.ts';
import { memberLogOdds } from './member-log-odds.ts';
import { type WeightedMember, weightedMembers } from './weighted-members.ts';

/** One row's way from raw scores to the served number; the arrays run parallel to the members. */
export interface BlendedRow {
  /** Each member's own log-odds, the forest's after its shrinkage. */
  readonly memberLogOdds: Float64Array;
  /** Before calibration. */
  readonly blended: number;
  /** Served log-odds. */
  readonly served: number;
}

/** Carries the members' raw scores to the served log-odds: intercept + slope · blended. */
export function blendRow(blend: Blend, members: readonly WeightedMember[], raw: ArrayLike<number>): BlendedRow {
  const memberZ = new Float64Array(members.length);
  for (let m = 0; m < members.length; m++) memberZ[m] = memberLogOdds(members[m]!.name, raw[m]!, blend.forestShrinkage);
  const blended = blend.kind === 'soft' ? softLogOdds(memberZ, members) : weightedSum(memberZ, members);
  return { memberLogOdds: memberZ, blended, served: blend.platt.intercept + blend.platt.slope * blended };
}

/** The served log-odds of many rows from their members' raw scores. */
export function blendScores(
  blend: Blend,
  raw: Readonly<Partial<Record<MemberName, Float64Array>>>,
  rowCount: number,
): Float64Array {
  const members = weightedMembers(blend);
  const scores = members.map(({ name }) => raw[name] ?? refuseMissing(name));
  const served = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const ofRow = scores.map((ofMember) => ofMember[row]!);
    served[row] = blendRow(blend, members, ofRow).served;
  }
  return served;
}

function refuseMissing(name: MemberName): never {
  throw new TillcastError('INPUT_INVALID', `the blend weighs ${name}, whose scores were not given`);
}

function weightedSum(logOdds: Float64Array, members: readonly WeightedMember[]): number {
  let z = 0;
  for (let m = 0; m < members.length; m++) z += members[m]!.weight * logOdds[m]!;
  return z;
}

/**
 * The log-odds of the mean of probabilities given as log-odds: log Σ w σ(z) − log Σ w σ(−z).
 * Both sums are taken relative to their largest term, so that no probability rounds to 0 or 1.
 */
export function softLogOdds(logOdds: Float64Array, members: readonly WeightedMember[]): number {
  return logMeanProbability(logOdds, members, 1) - logMeanProbability(logOdds, members, -1);
}

function logMeanProbability(logOdds: Float64Array, members: readonly WeightedMember[], sign: 1 | -1): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let m = 0; m < members.length; m++) largest = Math.max(largest, -softplus(-sign * logOdds[m]!));
  let sum = 0;
  for (let m = 0; m < members.length; m++) sum += members[m]!.weight * Math.exp(-softplus(-sign * logOdds[m]!) - largest);
  return largest + Math.log(sum);
}
