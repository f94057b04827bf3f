import { engineOf } from '@tillcast/trees/engine-of';
import { blendRow, blendScores } from './blend-log-odds.ts';
import type { Ensemble, MemberName, Score } from './ensemble.ts';
import { probabilityOf } from './log-odds.ts';
import { memberAgreement } from './member-agreement.ts';
import { weightedForests } from './weighted-members.ts';

export { memberLogOdds } from './member-log-odds.ts';

/** Scores one row of float32 features; members add in float64 from float64 leaf sums. */
export function scoreRow(ensemble: Ensemble, row: ArrayLike<number>, offset = 0): Score {
  const members = weightedForests(ensemble);
  // Loops, not callbacks: around a score of 20 µs they would be a fifth of it.
  const raw = new Float64Array(members.length);
  for (let m = 0; m < members.length; m++) raw[m] = engineOf(members[m]!.forest).scoreExact(row, offset);
  return scoreOf(ensemble, raw);
}

/** From the members' raw scores of one row to what is served. */
function scoreOf(ensemble: Ensemble, raw: Float64Array): Score {
  const members = weightedForests(ensemble);
  const { served } = blendRow(ensemble.blend, members, raw);
  const byName: Partial<Record<MemberName, number>> = {};
  const probabilities: number[] = [];
  for (let m = 0; m < members.length; m++) {
    const { name } = members[m]!;
    const probability = name === 'random_forest' ? raw[m]! : probabilityOf(raw[m]!);
    byName[name] = probability;
    probabilities.push(probability);
  }
  return { logOdds: served, probability: probabilityOf(served), members: byName, agreement: memberAgreement(probabilities) };
}

/** `scoreRow` of many rows, laid out one after the other, each tree asked for all of them before the next. */
export function scoreEach(ensemble: Ensemble, rows: Float32Array, rowCount: number): Score[] {
  const byMember = rawScores(ensemble, rows, rowCount);
  const raw = new Float64Array(byMember.length);
  const scores: Score[] = [];
  for (let row = 0; row < rowCount; row++) {
    for (let m = 0; m < raw.length; m++) raw[m] = byMember[m]![row]!;
    scores.push(scoreOf(ensemble, raw));
  }
  return scores;
}

/** The raw scores of many rows, member by member. */
function rawScores(ensemble: Ensemble, rows: Float32Array, rowCount: number): Float64Array[] {
  const width = ensemble.featureNames.length;
  return weightedForests(ensemble).map(({ forest }) => {
    const scores = new Float64Array(rowCount);
    if (forest.featureCount === width) engineOf(forest).scoreBatch(rows, rowCount, scores, true);
    else for (let row = 0; row < rowCount; row++) scores[row] = engineOf(forest).scoreExact(rows, row * width);
    return scores;
  });
}

/** Scores many rows, laid out one after the other; bit for bit what `scoreRow` says of each. `members` are raw scores. */
export function scoreRows(
  ensemble: Ensemble,
  rows: Float32Array,
  rowCount: number,
): { readonly logOdds: Float64Array; readonly members: Partial<Record<MemberName, Float64Array>> } {
  const members = weightedForests(ensemble);
  const raw = rawScores(ensemble, rows, rowCount);
  const byName = Object.fromEntries(members.map(({ name }, m) => [name, raw[m]!]));
  return { logOdds: blendScores(ensemble.blend, byName, rowCount), members: byName };
}
