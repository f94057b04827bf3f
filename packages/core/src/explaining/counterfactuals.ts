import { TillcastError } from '../errors/tillcast-error.ts';
import type { Ensemble } from '../scoring/ensemble.ts';
import { logOddsOf, probabilityOf } from '../scoring/log-odds.ts';
import { scoreRows } from '../scoring/score-row.ts';
import { costOf, isAllowed, type Lever, leversOf, moveRow, type Steps } from './counterfactual-moves.ts';
import type { CounterfactualRule } from './counterfactual-rules.ts';
import type { JudgePlausibility, Plausibility } from './plausibility.ts';
import { changedColumns } from './what-if.ts';

/** The least costly way found to another answer. */
export interface Counterfactual {
  readonly changes: readonly { readonly feature: number; readonly from: number; readonly to: number; readonly steps: number }[];
  readonly cost: number;
  readonly logOdds: number;
  readonly probability: number;
  readonly plausibility: Plausibility;
}

/** What is looked for. */
export interface CounterfactualWish {
  /** Probability to reach: at least this where it lies above the row's own, at most this where below. */
  readonly probability: number;
  readonly rules: readonly CounterfactualRule[];
  /** Answers at most; 3 unless told. */
  readonly count?: number;
}

const BEAM = 24;
const ROUNDS = 10;
/** Rows scored in one search, about: a request must not keep a thread for long. */
const MOST_SCORED = 20_000;
/** Trees answer in steps, so that a small move often changes nothing: larger ones look over the edge. */
const STRIDES = [1, 2, 4, 8, -1, -2, -4, -8];

interface State {
  readonly steps: Steps;
  readonly cost: number;
  readonly logOdds: number;
  readonly gap: number;
}

/** Cheaper first, then nearer, then by the steps themselves: never by chance. */
const byCost = (a: State, b: State): number => a.cost - b.cost || a.gap - b.gap || compareSteps(a.steps, b.steps);
const byGap = (a: State, b: State): number => a.gap - b.gap || a.cost - b.cost || compareSteps(a.steps, b.steps);

function compareSteps(a: Steps, b: Steps): number {
  for (const [at, value] of a.entries()) if (value !== b[at]) return value - b[at]!;
  return 0;
}

/** A beam search over whole steps that obeys every rule; deterministic. Answers are pruned to the steps they need, cheapest first. */
export function findCounterfactuals(
  ensemble: Ensemble,
  row: Float32Array,
  { probability, rules, count = 3 }: CounterfactualWish,
  judge: JudgePlausibility,
): readonly Counterfactual[] {
  if (!(probability > 0 && probability < 1))
    throw new TillcastError('INPUT_INVALID', `the probability to reach is ${probability}; give a number between 0 and 1`);
  const levers = leversOf(rules, ensemble.featureNames, row);
  const goal = logOddsOf(probability);
  const start = scoreRows(ensemble, row, 1).logOdds[0]!;
  const direction = goal >= start ? 1 : -1;
  const score = (candidates: readonly Steps[]): State[] => {
    const rows = new Float32Array(candidates.length * row.length);
    for (const [at, steps] of candidates.entries()) rows.set(moveRow(levers, row, steps), at * row.length);
    const { logOdds } = scoreRows(ensemble, rows, candidates.length);
    return candidates.map((steps, at) => ({
      steps,
      cost: costOf(levers, steps),
      logOdds: logOdds[at]!,
      gap: Math.max(0, direction * (goal - logOdds[at]!)),
    }));
  };
  const reached = search(levers, row, score);
  const pruned = reached.map((state) => prune(state, levers, row, score));
  const distinct = [...new Map(pruned.map((state) => [state.steps.join(), state])).values()].sort(byCost);
  return distinct.slice(0, count).map((state) => tell(state, levers, row, judge));
}

type ScoreSteps = (candidates: readonly Steps[]) => State[];

function search(levers: readonly Lever[], row: Float32Array, score: ScoreSteps): State[] {
  const nothing: Steps = levers.map(() => 0);
  const seen = new Set([nothing.join()]);
  const reached: State[] = [];
  let beam = score([nothing]);
  if (beam[0]!.gap === 0) return [];
  for (let round = 0; round < ROUNDS && beam.length > 0 && seen.size < MOST_SCORED; round++) {
    const next: Steps[] = [];
    for (const { steps } of beam) {
      for (const moved of neighboursOf(steps, levers, row)) {
        const key = moved.join();
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(moved);
      }
    }
    const states = score(next);
    reached.push(...states.filter(({ gap }) => gap === 0));
    const open = states.filter(({ gap }) => gap > 0);
    // Half of the beam is for the nearest, half for the cheapest, so that a flat stretch does not end the search.
    beam = [...new Set([...open.toSorted(byGap).slice(0, BEAM), ...open.toSorted(byCost).slice(0, BEAM)])];
  }
  return reached.sort(byCost).slice(0, BEAM);
}

const neighboursOf = (steps: Steps, levers: readonly Lever[], row: ArrayLike<number>): Steps[] =>
  levers.flatMap((lever, at) =>
    STRIDES.map((stride) => steps[at]! + stride)
      .filter((count) => isAllowed(lever, count, row))
      .map((count) => steps.with(at, count)),
  );

/** Takes back every step that the answer does not need, one lever after the other. */
function prune(state: State, levers: readonly Lever[], row: Float32Array, score: ScoreSteps): State {
  let best = state;
  for (let at = 0; at < levers.length; at++) {
    const steps = best.steps[at]!;
    const fewer = Array.from({ length: Math.abs(steps) }, (_, count) => best.steps.with(at, Math.sign(steps) * count)).filter(
      (candidate) => isAllowed(levers[at]!, candidate[at]!, row),
    );
    best = score(fewer).find(({ gap }) => gap === 0) ?? best;
  }
  return best;
}

function tell(
  { steps, cost, logOdds }: State,
  levers: readonly Lever[],
  row: Float32Array,
  judge: JudgePlausibility,
): Counterfactual {
  const moved = moveRow(levers, row, steps);
  const changes = levers.flatMap(({ column }, lever) =>
    steps[lever] === 0 ? [] : [{ feature: column, from: row[column]!, to: moved[column]!, steps: steps[lever]! }],
  );
  return { changes, cost, logOdds, probability: probabilityOf(logOdds), plausibility: judge(moved, changedColumns(row, moved)) };
}
