import { groupsOf } from '../scoring/groups.ts';
import { memberLogOdds } from '../scoring/member-log-odds.ts';
import { SMALLEST_LAMBDA } from './blend.ts';
import { type Bootstrap, type BootstrapOptions, bootstrap } from './bootstrap.ts';
import { type Choice, chooseBlend } from './choose-blend.ts';
import { type Blended, type Contestant, fitContestants } from './contestants.ts';
import { evaluateScores } from './evaluated-scores.ts';
import type { BlendEntry, Entry, EvaluationReport, MemberEntry, WindowFacts } from './evaluation-report.ts';
import { fittingRows } from './fitting-rows.ts';
import { judge } from './gate.ts';
import { at, checkData, type LeaderboardData, type MemberScores, rowsOf } from './leaderboard-data.ts';
import { metricsOf } from './metrics.ts';
import { reliability } from './reliability.ts';
import { sliceTest } from './slices.ts';

/**
 * Fits blends and baselines where they may learn, looks at the test window once, and tells everything with intervals by shopper.
 * With a `blend` window, blends are fitted there and `validate` picks between them; without one (few positives), on out-of-fold scores
 * of `train`, and the `log_odds` blend is served. Members that are not blended stand on the board alone.
 */
export function leaderboard(
  data: LeaderboardData,
  members: readonly MemberScores[],
  options: BootstrapOptions,
  blended: Blended = { names: members.map(({ name }) => name) },
): EvaluationReport {
  checkData(data, members);
  const fit = fittingRows(data, members);
  const contestants = fitContestants(data, members, fit, blended);
  const choice = chooseBlend(data, contestants, forked(options, 'validate'));
  const board = openBoard(data, contestants, forked(options, 'test'));
  const chosen = board.find('blend', choice.chosen);
  return {
    schema: 1,
    fittedOn: fit.on,
    windows: describeWindows(data),
    replicates: board.draws.replicates,
    members: members.map((member) => memberEntry(data, board, member)),
    blends: blendEntries(board, choice),
    baselines: board.all('baseline').map((index) => board.entry(index)),
    chosen: choice.chosen,
    bestMember: contestants[board.bestMember]!.name,
    reliability: reliability(board.scores[chosen]!, board.labels, board.groups),
    ...sliceTest(data, board.scores[chosen]!, forked(options, 'slices')),
    beatsBaselines: judge(
      board.logLoss(chosen),
      board.all('baseline').map((index) => ({
        baseline: contestants[index]!.name,
        baselineLogLoss: board.logLoss(index),
        difference: board.draws.difference('logLoss', chosen, index),
      })),
    ),
  };
}

const forked = ({ random, ...rest }: BootstrapOptions, name: string): BootstrapOptions => ({
  ...rest,
  random: random.fork(name),
});

/** Everyone's figures on the test window, by the index of the contestant. */
interface Board {
  readonly contestants: readonly Contestant[];
  readonly scores: readonly Float64Array[];
  readonly labels: Float64Array;
  readonly groups: Int32Array;
  readonly draws: Bootstrap;
  readonly bestMember: number;
  logLoss(index: number): number;
  all(kind: Contestant['kind']): readonly number[];
  find(kind: Contestant['kind'], name: string): number;
  entry(index: number): Entry;
}

function openBoard(data: LeaderboardData, contestants: readonly Contestant[], options: BootstrapOptions): Board {
  const rows = rowsOf(data, 'test');
  const labels = at(data.labels, rows);
  const groups = groupsOf(Array.from(rows, (row) => data.groups[row]!));
  const scores = contestants.map((contestant) => contestant.scores(rows));
  const draws = bootstrap(
    scores.map((logOdds) => evaluateScores(logOdds, labels, groups)),
    options,
  );
  const metrics = contestants.map((_, index) => draws.metrics(index));
  const logLoss = (index: number) => metrics[index]!.logLoss.value;
  const all = (kind: Contestant['kind']) => contestants.flatMap((contestant, index) => (contestant.kind === kind ? [index] : []));
  const lowest = (indices: readonly number[]) => indices.reduce((best, index) => (logLoss(index) < logLoss(best) ? index : best));
  const bestMember = lowest(all('member'));
  const bestConstant = lowest(all('baseline').filter((index) => isConstant(contestants[index]!)));
  return {
    contestants,
    scores,
    labels,
    groups: groups.code,
    draws,
    bestMember,
    logLoss,
    all,
    find: (kind, name) => contestants.findIndex((contestant) => contestant.kind === kind && contestant.name === name),
    entry: (index) => ({
      name: contestants[index]!.name,
      metrics: metrics[index]!,
      logLossAgainst: {
        constant: draws.difference('logLoss', index, bestConstant),
        bestMember: draws.difference('logLoss', index, bestMember),
      },
    }),
  };
}

const isConstant = (contestant: Contestant): boolean => contestant.kind === 'baseline' && contestant.isConstant;

function memberEntry(data: LeaderboardData, board: Board, { name, raw }: MemberScores): MemberEntry {
  const index = board.find('member', name);
  const { pi } = (board.contestants[index] as Extract<Contestant, { kind: 'member' }>).blend.forestShrinkage;
  const uncalibrated = at(raw, rowsOf(data, 'test')).map((score) => memberLogOdds(name, score, { lambda: SMALLEST_LAMBDA, pi }));
  const { logLoss, brier, ece } = metricsOf(uncalibrated, board.labels);
  return { ...board.entry(index), name, raw: { logLoss, brier, ece } };
}

const blendEntries = (board: Board, { validateLogLoss }: Choice): readonly BlendEntry[] =>
  board.all('blend').map((index) => {
    const contestant = board.contestants[index] as Extract<Contestant, { kind: 'blend' }>;
    return { ...board.entry(index), blend: contestant.blend, validateLogLoss: validateLogLoss[contestant.name] ?? Number.NaN };
  });

function describeWindows(data: LeaderboardData): Readonly<Record<string, WindowFacts>> {
  const facts = (split: string): WindowFacts => {
    const rows = rowsOf(data, split);
    const shoppers = new Set(Array.from(rows, (row) => data.groups[row]!)).size;
    return { rows: rows.length, positives: rows.reduce((sum, row) => sum + data.labels[row]!, 0), shoppers };
  };
  return Object.fromEntries([...new Set(data.splits)].map((split) => [split, facts(split)]));
}
