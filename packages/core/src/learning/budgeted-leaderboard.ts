import { TillcastError } from '../errors/tillcast-error.ts';
import { blendScores } from '../scoring/blend-log-odds.ts';
import { type Blend, memberNames } from '../scoring/ensemble.ts';
import { groupsOf } from '../scoring/groups.ts';
import { fitBlend, type MemberRaw } from './blend.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import { distilBlend, openTeacher, type Teacher } from './distil-blend.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { type FittingRows, fittingRows } from './fitting-rows.ts';
import { type FrontPoint, type LatencyReport, type MemberAtSize, shownBudgets } from './latency-report.ts';
import { leaderboard } from './leaderboard.ts';
import { at, type LeaderboardData, type MemberScores, rowsOf } from './leaderboard-data.ts';
import { drawLogLosses } from './log-loss-draws.ts';
import { describeSize, type SizeChoice, type SizedMember, unitsOf } from './member-size.ts';
import { frontOf, type SizedEnsemble } from './size-front.ts';

export interface BudgetOptions extends BootstrapOptions {
  /** Cost units a row for score and SHAP of the whole ensemble; null: none. */
  readonly budgetUnits: number | null;
}

/**
 * The leaderboard of an ensemble within a latency budget: sizes are chosen where the blend is fitted and blended so as to say what the whole ensemble
 * says, members that found no room stand on the board whole and outside the blends, and the front of other budgets is told beside it. Without a budget every member is taken whole.
 * Refuses with OPTION_INVALID a budget into which not even one member fits.
 */
export function budgetedLeaderboard(
  data: LeaderboardData,
  members: readonly SizedMember[],
  { budgetUnits, ...options }: BudgetOptions,
): EvaluationReport {
  const whole = Object.fromEntries(members.map(({ name, sizes }) => [name, sizes.at(-1)!])) as SizeChoice;
  const fit = fittingRows(data, scoresAt(members, whole));
  const budgets = [...new Set([...shownBudgets, budgetUnits ?? shownBudgets[0]!])].sort((a, b) => a - b);
  const teacher = openTeacher(fit);
  const found = frontOf(members, fit, teacher, budgets);
  const taken = budgetUnits === null ? { choice: whole, divergence: 0 } : found[budgets.indexOf(budgetUnits)];
  if (taken === undefined) throw tooTight(members, budgetUnits!);
  const blended = {
    names: memberNames.filter((name) => taken.choice[name] !== undefined),
    logOdds: blendOf(taken.choice, whole, fit, teacher),
  };
  const report = leaderboard(data, scoresAt(members, { ...whole, ...taken.choice }), options, blended);
  const served = report.blends.find(({ name }) => name === report.chosen)!.blend;
  const weighed = Object.fromEntries(
    blended.names.filter((name) => served.weights[name]! > 0).map((name) => [name, taken.choice[name]!]),
  );
  const ensembles = [
    ...found.map((ensemble, index) => ({ budgetUnits: budgets[index]!, ensemble })),
    { budgetUnits: null, ensemble: { choice: whole, divergence: 0 } },
  ].flatMap(({ ensemble, ...rest }) => (ensemble === undefined ? [] : [{ ...rest, ensemble }]));
  const latency: LatencyReport = {
    budgetUnits,
    units: unitsOf(weighed),
    members: atSizes(weighed),
    front: tellFront(data, ensembles, (choice) => blendOf(choice, whole, fit, teacher), options),
  };
  return { ...report, latency };
}

function scoresAt(members: readonly SizedMember[], choice: SizeChoice): readonly MemberScores[] {
  return members.map(({ name }) => {
    const { raw, oof } = choice[name]!;
    return { name, raw, ...(oof === undefined ? {} : { oof }) };
  });
}

const atSizes = (choice: SizeChoice): readonly MemberAtSize[] =>
  memberNames.flatMap((name) => {
    const taken = choice[name];
    if (taken === undefined) return [];
    const { trees, leaves } = taken.size;
    return [{ name, trees, ...(leaves === undefined ? {} : { leaves }), units: taken.units }];
  });

interface Budgeted {
  readonly budgetUnits: number | null;
  readonly ensemble: SizedEnsemble;
}

/** Each ensemble's own `log_odds` blend on the test window, paired with the last one's. */
function tellFront(
  data: LeaderboardData,
  ensembles: readonly Budgeted[],
  blend: (choice: SizeChoice) => Blend,
  { random, ...rest }: BootstrapOptions,
): readonly FrontPoint[] {
  const rows = rowsOf(data, 'test');
  const labels = at(data.labels, rows);
  const groups = groupsOf(Array.from(rows, (row) => data.groups[row]!));
  const scores = ensembles.map(({ ensemble: { choice } }) => blendScores(blend(choice), rawAt(choice, rows, 'raw'), rows.length));
  const draws = drawLogLosses(scores, labels, groups, { ...rest, random: random.fork('latency') });
  return ensembles.map(({ budgetUnits, ensemble: { choice, divergence } }, index) => ({
    budgetUnits,
    units: unitsOf(choice),
    members: atSizes(choice),
    divergence,
    logLoss: draws.logLoss(index),
    difference: draws.difference(index, ensembles.length - 1),
  }));
}

const rawAt = (choice: SizeChoice, rows: Int32Array, of: 'raw' | 'oof'): MemberRaw =>
  Object.fromEntries(memberNames.flatMap((name) => (choice[name] === undefined ? [] : [[name, at(choice[name][of]!, rows)]])));

/** The blend of a choice of sizes: the teacher's own for the whole, a pupil's for anything smaller. */
function blendOf(choice: SizeChoice, whole: SizeChoice, { on, rows, labels, groups }: FittingRows, teacher: Teacher): Blend {
  if (memberNames.every((name) => choice[name] === whole[name])) return teacher.blend;
  const raw = rawAt(choice, rows, on === 'blend_window' ? 'raw' : 'oof');
  return distilBlend(raw, teacher) ?? fitBlend(raw, labels, groups);
}

function tooTight(members: readonly SizedMember[], budgetUnits: number): TillcastError {
  const cheapest = members
    .flatMap(({ name, sizes }) => sizes.map(({ size, units }) => ({ name, size, units })))
    .reduce((best, one) => (one.units < best.units ? one : best));
  const detail = `the latency budget of ${budgetUnits / 1_000} µs holds no member: the cheapest, ${cheapest.name} with ${describeSize(cheapest.size)}, costs ${(cheapest.units / 1_000).toFixed(2)} µs a row`;
  return new TillcastError('OPTION_INVALID', `${detail}; give a looser --latency-budget, or none`);
}
