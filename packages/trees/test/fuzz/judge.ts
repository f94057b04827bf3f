import { encodeRow } from '../../src/encode-row.ts';
import { ModelFileError } from '../../src/errors.ts';
import { type Forest, rowWidth } from '../../src/forest.ts';
import { score, scoreExact } from '../../src/score.ts';
import { openExplainer } from '../../src/shap.ts';
import { findEngineFault } from './engine-fault.ts';
import type { Mutant } from './mutant.ts';

/** A reader of model files; the one under test unless a fault was planted. */
export type Reader = (model: Uint8Array, options: { file: string }) => Forest;

/** What became of a mutant: a fault is a crash or an unsound answer, and says which. */
export type Outcome = 'refused' | 'believed' | { readonly fault: string };

/** Longer refusals would carry the file into logs. */
const MAX_MESSAGE = 700;
const FILE = 'mutant.file';

/** Reads a mutant and, where it is believed, scores and explains odd rows. */
export function judge({ bytes, isDoubled, isSample }: Mutant, read: Reader): Outcome {
  let forest: Forest;
  try {
    forest = read(bytes, { file: FILE });
  } catch (error) {
    if (!(error instanceof ModelFileError)) return { fault: `crash in reading: ${shown(error)}` };
    if (error.file !== FILE || !error.message.includes(FILE)) return { fault: `refusal without the file: ${shown(error)}` };
    if (error.message.length > MAX_MESSAGE) return { fault: `refusal of ${error.message.length} characters: ${shown(error)}` };
    return 'refused';
  }
  if (isDoubled) return { fault: 'believed with a key that stands twice' };
  try {
    const fault = findFault(forest) ?? (isSample && forest.featureCount <= MANY_COLUMNS ? findEngineFault(forest) : undefined);
    return fault === undefined ? 'believed' : { fault };
  } catch (error) {
    return { fault: `crash in scoring: ${shown(error)}` };
  }
}

const shown = (error: unknown): string => String(error instanceof Error ? (error.stack ?? error) : error).slice(0, 400);

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e-40, 3.5e38, -7];
/** More columns than this, which a mutant may claim, are asked once. */
const MANY_COLUMNS = 1_000;
/** Explanations cost ten times a score: of the odd rows, these. */
const EXPLAINED = [0, 3];

/** What must hold of any forest that was believed: finite answers, contributions that add up. */
export function findFault(forest: Forest): string | undefined {
  const row = new Float64Array(rowWidth(forest));
  const out = new Float64Array(forest.featureCount);
  const explainer = openExplainer(forest);
  const shifts = forest.featureCount > MANY_COLUMNS ? [0] : odd.keys();
  for (const shift of shifts) {
    for (let i = 0; i < row.length; i++) row[i] = odd[(i + shift) % odd.length]!;
    const exact = scoreExact(forest, row);
    if (!Number.isFinite(exact) || !Number.isFinite(score(forest, row))) return `score ${exact} of odd row ${shift}`;
    if (!EXPLAINED.includes(shift)) continue;
    const sum = explainer.explain(row, out) + out.reduce((total, value) => total + value, 0);
    const size = out.reduce((total, value) => total + Math.abs(value), Math.abs(exact) + Math.abs(explainer.baseValue) + 1);
    if (!(Math.abs(sum - exact) <= 1e-9 * size)) return `contributions sum to ${sum}, the score is ${exact}`;
  }
  return forest.encoding === undefined || row.length > MANY_COLUMNS ? undefined : findEncodingFault(forest);
}

/** Rows of known words, unknown words and nothing. */
function findEncodingFault(forest: Forest): string | undefined {
  const { codes } = forest.encoding!;
  for (const unknown of ['__proto__', null]) {
    const values = Array.from({ length: forest.featureCount }, (_, feature) => {
      const words = codes[feature];
      return words === undefined ? feature : feature % 2 === 0 ? unknown : (words.keys().next().value ?? unknown);
    });
    const exact = scoreExact(forest, encodeRow(forest, values));
    if (!Number.isFinite(exact)) return `score ${exact} of a row of words`;
  }
  return undefined;
}
