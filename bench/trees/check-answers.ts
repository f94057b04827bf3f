import { BenchError } from './bench-error.ts';
import { servedShrinkage } from './settings.ts';
import { parseTaskName } from './task-names.ts';

/** What a task says of the first test rows: one list, or one a member. */
export type Answers = readonly Float64Array[];

/** Everyone's probabilities: XGBoost, ONNX and treelite compute in float32. */
const SCORE_TOLERANCE = 1e-6;
/** Contributions in the member's own space; XGBoost's are float32. */
const SHAP_TOLERANCE = 1e-6;
const SINGLE_SHAP_TOLERANCE = 1e-5;
/** `lime` and ours draw different samples: the least mean share of the five strongest features that both name, with the same sign. */
const LEAST_OVERLAP = 0.5;
const TOP = 5;

/** The reference's answers by task, with which the others are compared. */
export interface Reference {
  answers(task: string): Promise<Answers>;
}

/** What is known of the models. */
export interface Facts {
  /** Features of a row. */
  readonly width: number;
  /** Share of buyers among the rows learnt from. */
  readonly baseRate: number;
}

/** Members in the order in which answers list them. */
const members = ['catboost', 'xgboost', 'lightgbm', 'random_forest'] as const;

/** How far a contender's answers are from the reference's (LIME: the share of strongest features that agree); a BenchError where that is too far. */
export async function checkAnswers(task: string, answers: Answers, reference: Reference, facts: Facts): Promise<number> {
  const { work, subset } = parseTaskName(task);
  if (work.startsWith('lime')) return checkOverlap(answers, await reference.answers('lime'), facts.width);
  if (work.startsWith('score')) return checkGap(answers, [await votes(reference, subset)], () => SCORE_TOLERANCE);
  if (subset === 'served')
    return checkGap(answers, [served(await reference.answers('shap_row'), facts)], () => SINGLE_SHAP_TOLERANCE);
  const names = subset === '' ? members : subset === 'without_catboost' ? members.slice(1) : [subset];
  const expected = await Promise.all(names.map(async (name) => (await reference.answers(`shap_row.${name}`))[0]!));
  return checkGap(answers, expected, (list) => (names[list] === 'xgboost' ? SINGLE_SHAP_TOLERANCE : SHAP_TOLERANCE));
}

/** Soft voting of a subset. */
async function votes(reference: Reference, subset: string): Promise<Float64Array> {
  if (subset !== 'without_catboost') return (await reference.answers(subset === '' ? 'score_row' : `score_row.${subset}`))[0]!;
  const lists = await Promise.all(members.slice(1).map((name) => reference.answers(`score_row.${name}`)));
  return lists[0]![0]!.map((_, row) => lists.reduce((sum, list) => sum + list[0]![row]!, 0) / lists.length);
}

/**
 * The served contributions of four equal weights: boosted members' as they are, the forest's shrunk and carried from probability to log-odds by the
 * difference quotient of its whole way. Written anew here, so that packages/core is checked against something else than itself.
 */
function served(byMember: Answers, { width, baseRate }: Facts): Float64Array {
  const shrunk = (probability: number) => (1 - servedShrinkage) * probability + servedShrinkage * baseRate;
  const logOdds = (probability: number) => Math.log(probability / (1 - probability));
  const columns = width + 1;
  const [catboost, xgboost, lightgbm, forest] = byMember as readonly [Float64Array, Float64Array, Float64Array, Float64Array];
  return forest.map((_, at) => {
    const row = at - (at % columns);
    const base = shrunk(forest[row + width]!);
    const end = shrunk(forest.subarray(row, row + columns).reduce((sum, value) => sum + value, 0));
    const slope = Math.abs(end - base) < 1e-9 ? 1 / (base * (1 - base)) : (logOdds(end) - logOdds(base)) / (end - base);
    const ofForest = at % columns === width ? logOdds(base) : slope * (1 - servedShrinkage) * forest[at]!;
    return (catboost[at]! + xgboost[at]! + lightgbm[at]! + ofForest) / 4;
  });
}

function checkGap(answers: Answers, expected: Answers, tolerance: (list: number) => number): number {
  if (answers.length !== expected.length)
    throw new BenchError(`gave ${answers.length} lists of answers, ${expected.length} are expected`);
  let largest = 0;
  for (const [list, values] of expected.entries()) {
    const given = answers[list]!;
    if (given.length !== values.length) throw new BenchError(`gave ${given.length} answers, ${values.length} are expected`);
    const gap = values.reduce((most, value, at) => Math.max(most, Math.abs(given[at]! - value)), 0);
    if (!(gap <= tolerance(list))) throw new BenchError(`is wrong by ${gap}, at most ${tolerance(list)} is let through`);
    largest = Math.max(largest, gap);
  }
  return largest;
}

function checkOverlap([given]: Answers, [expected]: Answers, width: number): number {
  if (given === undefined || expected === undefined || given.length !== expected.length)
    throw new BenchError(`gave ${given?.length ?? 0} weights, ${expected?.length ?? 0} are expected`);
  const rows = given.length / width;
  let agreed = 0;
  for (let row = 0; row < rows; row++) {
    const theirs = strongest(expected.subarray(row * width, (row + 1) * width));
    agreed += strongest(given.subarray(row * width, (row + 1) * width)).filter((feature) => theirs.includes(feature)).length;
  }
  const overlap = agreed / (TOP * rows);
  if (!(overlap >= LEAST_OVERLAP))
    throw new BenchError(`names ${overlap} of the strongest features that lime names, at least ${LEAST_OVERLAP} is expected`);
  return overlap;
}

/** The features of the largest weights, counted from 1 and negative where the weight is. */
const strongest = (weights: Float64Array): number[] =>
  Array.from(weights.keys())
    .sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!))
    .slice(0, TOP)
    .map((feature) => Math.sign(weights[feature]!) * (feature + 1));
