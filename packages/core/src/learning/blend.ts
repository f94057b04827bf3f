import { TillcastError } from '../errors/tillcast-error.ts';
import { blendScores } from '../scoring/blend-log-odds.ts';
import { type Blend, type MemberName, memberNames } from '../scoring/ensemble.ts';
import { type Groups, groupsOf } from '../scoring/groups.ts';
import { softplus } from '../scoring/log-odds.ts';
import { memberLogOdds } from '../scoring/member-log-odds.ts';
import { fitPlatt } from './calibrate.ts';
import { fitStack, stackedLogOdds } from './stack.ts';

/** Raw scores by member, in the order of the labels. */
export type MemberRaw = Readonly<Partial<Record<MemberName, Float64Array>>>;

/** The weights of the reference design's soft vote. */
export const referenceWeights: Readonly<Record<MemberName, number>> = {
  catboost: 0.4,
  xgboost: 0.3,
  lightgbm: 0.2,
  random_forest: 0.1,
};

/** The least shrinkage of the forest, which keeps its probability away from 0 and 1. */
export const SMALLEST_LAMBDA = 1e-4;
const LAMBDAS = [SMALLEST_LAMBDA, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3];

/**
 * The pull to equal weights: a Gaussian prior of spread √(1/10) ≈ 0.3 on each coefficient's distance from their mean; with fewer buyers than
 * `ENOUGH_BUYERS` their differences are noise, and the prior tightens with the square of the shortage.
 */
const EVENNESS = 10;
const ENOUGH_BUYERS = 150;

/** The pull to equal weights on rows with these labels. */
export function evennessFor(labels: ArrayLike<number>): number {
  let buyers = 0;
  for (let row = 0; row < labels.length; row++) buyers += labels[row]!;
  return EVENNESS * Math.max(1, ENOUGH_BUYERS / Math.max(1, buyers)) ** 2;
}

/** A member below this weight moves no answer and is not worth its milliseconds. */
export const SMALLEST_WEIGHT = 0.01;

/**
 * Learns the `log_odds` blend: simplex weights from a non-negative stack, pulled to equal ones by a fixed prior, the
 * forest's shrinkage, and Platt's calibration on top. Deterministic.
 */
export function fitBlend(raw: MemberRaw, labels: ArrayLike<number>, groups: ArrayLike<string | number>): Blend {
  const names = membersOf(raw, labels.length);
  const shoppers = groupsOf(groups);
  const pi = rateOf(labels);
  const lambda = raw.random_forest === undefined ? SMALLEST_LAMBDA : chooseLambda(names, raw, labels, pi);
  const members = logOddsOfMembers(names, raw, { lambda, pi });
  const { coefficients } = fitStack({ members, labels }, evennessFor(labels));
  return calibrated(
    { kind: 'log_odds', weights: simplex(names, coefficients), forestShrinkage: { lambda, pi } },
    raw,
    labels,
    shoppers,
  );
}

/** The `soft` blend: the mean of probabilities under given weights (the reference ones unless told), shared out over the members there are; calibrated. */
export function softBlend(
  raw: MemberRaw,
  labels: ArrayLike<number>,
  groups: ArrayLike<string | number>,
  weights: Readonly<Partial<Record<MemberName, number>>> = referenceWeights,
): Blend {
  const names = membersOf(raw, labels.length);
  const shares = Float64Array.from(names, (name) => weights[name] ?? 0);
  const forestShrinkage = { lambda: SMALLEST_LAMBDA, pi: rateOf(labels) };
  return calibrated({ kind: 'soft', weights: simplex(names, shares), forestShrinkage }, raw, labels, groupsOf(groups));
}

function membersOf(raw: MemberRaw, rows: number): readonly MemberName[] {
  const names = memberNames.filter((name) => raw[name] !== undefined);
  if (names.length === 0)
    throw new TillcastError('INPUT_INVALID', 'a blend needs the scores of at least one member; none were given');
  for (const name of names) {
    const scores = raw[name]!;
    if (scores.length !== rows)
      throw new TillcastError('INPUT_INVALID', `${name} has ${scores.length} scores for ${rows} labels`);
    const at = scores.findIndex((score) => !Number.isFinite(score));
    if (at >= 0)
      throw new TillcastError('INPUT_INVALID', `${name} scores row ${at} with ${scores[at]}; a blend needs finite scores`);
  }
  return names;
}

/** Kept off 0 and 1 by half a row (Jeffreys). */
function rateOf(labels: ArrayLike<number>): number {
  let positives = 0;
  for (let row = 0; row < labels.length; row++) positives += labels[row]!;
  return (positives + 0.5) / (labels.length + 1);
}

function logOddsOfMembers(
  names: readonly MemberName[],
  raw: MemberRaw,
  shrinkage: Blend['forestShrinkage'],
): readonly Float64Array[] {
  return names.map((name) => raw[name]!.map((score) => memberLogOdds(name, score, shrinkage)));
}

function chooseLambda(names: readonly MemberName[], raw: MemberRaw, labels: ArrayLike<number>, pi: number): number {
  const losses = LAMBDAS.map((lambda) => {
    const members = logOddsOfMembers(names, raw, { lambda, pi });
    const stack = fitStack({ members, labels }, evennessFor(labels));
    let loss = 0;
    for (let row = 0; row < labels.length; row++) loss += rowLoss(stackedLogOdds(stack, members, row), labels[row]!);
    return loss;
  });
  return LAMBDAS[losses.indexOf(Math.min(...losses))]!;
}

const rowLoss = (z: number, label: number): number => (label === 1 ? softplus(-z) : softplus(z));

/** Coefficients as shares of one; where all are zero, no member is preferred. */
function simplex(names: readonly MemberName[], coefficients: Float64Array): Blend['weights'] {
  const sum = coefficients.reduce((total, v) => total + v, 0);
  const shares = coefficients
    .map((v) => (sum > 0 ? v / sum : 1 / names.length))
    .map((share) => (share < SMALLEST_WEIGHT ? 0 : share));
  const kept = shares.reduce((total, share) => total + share, 0);
  return Object.fromEntries(names.map((name, m) => [name, shares[m]! / kept]));
}

function calibrated(blend: Omit<Blend, 'platt'>, raw: MemberRaw, labels: ArrayLike<number>, shoppers: Groups): Blend {
  const blended = blendScores({ ...blend, platt: { slope: 1, intercept: 0 } }, raw, labels.length);
  return { ...blend, platt: fitPlatt(blended, labels, { groups: shoppers.code }) };
}
