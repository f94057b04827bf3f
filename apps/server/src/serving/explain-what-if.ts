import type { FieldError } from '@tillcast/api/problem';
import type { WhatIfAnswer, WhatIfChange } from '@tillcast/api/what-if';
import type { Question } from '@tillcast/core/features/engine';
import { invalidInput } from '../http/problem.ts';
import type { AnswerWhatIf } from '../http/routes/what-if.ts';
import { modelRef, onWire } from './answer.ts';
import { seenOnWire } from './explain-answer.ts';
import type { WhatIfTaskAnswer } from './explain-deep-worker.ts';
import { type AskedModel, askModel, type ExplainerParts } from './explain-question.ts';
import { aboutOf } from './known-now.ts';
import { projectRow } from './live-model.ts';

const caution =
  'This is what the model says of a changed question, not what a shopper would do: it knows what went together in past data. An experiment tells.';

type Value = WhatIfChange['value'];
/** Moves one input of a question; a text says what would have been right. */
type Move = (question: Question, value: Value) => Question | string;

const isWhole = (value: Value, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
const isName = (value: Value): value is string => typeof value === 'string' && value !== '';

/** Inputs of the question itself: every feature that depends on one is computed afresh. */
const moves: Readonly<Record<string, Move>> = {
  price: (question, value) =>
    typeof value === 'number' && value > 0 && value <= 1e9 ? { ...question, price: value } : 'must be a number > 0, at most 1e9',
  product_id: (question, value) => (isName(value) ? { ...question, itemId: value } : 'must be a text'),
  category_code: (question, value) => (isName(value) ? { ...question, category: value } : 'must be a text'),
  brand: (question, value) => (isName(value) ? { ...question, brand: value } : 'must be a text'),
  hour: (question, value) => (isWhole(value, 23) ? { ...question, hour: value } : 'must be a whole number from 0 to 23'),
  day_of_week: (question, value) =>
    isWhole(value, 6) ? { ...question, dayOfWeek: value, isWeekend: value >= 5 } : 'must be a whole number from 0 to 6',
};

/** The columns of a model by name. */
const columnOf = ({ model }: AskedModel, name: string): number => model.bundle.ensemble.featureNames.indexOf(name);

function faultsOf(asked: AskedModel, changes: readonly WhatIfChange[]): FieldError[] {
  return changes.flatMap(({ input, value }, at) => {
    const pointer = `/changes/${at}`;
    if (changes.findIndex((other) => other.input === input) < at)
      return [{ pointer: `${pointer}/input`, detail: 'is changed twice' }];
    if (Object.hasOwn(moves, input)) {
      const moved = moves[input]!(asked.question, value);
      return typeof moved === 'string' ? [{ pointer: `${pointer}/value`, detail: moved }] : [];
    }
    if (columnOf(asked, input) < 0)
      return [
        {
          pointer: `${pointer}/input`,
          detail: `is neither an input (${Object.keys(moves).join(', ')}) nor a feature of this model`,
        },
      ];
    const fits = value === null || (typeof value === 'number' && Number.isFinite(Math.fround(value)));
    return fits ? [] : [{ pointer: `${pointer}/value`, detail: 'must be a number or null' }];
  });
}

/** The model's row after the changes: the question's inputs first, then features by name. */
function rowAfter({ engine }: ExplainerParts, asked: AskedModel, changes: readonly WhatIfChange[]): Float32Array {
  let question = asked.question;
  for (const { input, value } of changes) {
    const moved = Object.hasOwn(moves, input) ? moves[input]!(question, value) : question;
    if (typeof moved !== 'string') question = moved;
  }
  const row = question === asked.question ? asked.assessment.row.slice() : projectRow(asked.model.columns, engine.row(question));
  for (const { input, value } of changes) {
    if (!Object.hasOwn(moves, input)) row[columnOf(asked, input)] = value === null ? Number.NaN : (value as number);
  }
  return row;
}

/** Rows are made here, where the features are; scores and marks come from the model's own thread. */
export function openWhatIf(parts: ExplainerParts): AnswerWhatIf {
  return async ({ request, changes }) => {
    await parts.look?.([aboutOf(request)]);
    const asked = askModel(parts, request);
    const faults = faultsOf(asked, changes);
    if (faults.length > 0) throw invalidInput(faults);
    const answer = await parts.desk.of(asked.model).whatIf({
      before: asked.assessment.row,
      alone: changes.map((change) => rowAfter(parts, asked, [change])),
      after: rowAfter(parts, asked, changes),
      sample: parts.sample.of(asked.model),
    });
    return onWireOf(asked, changes, answer);
  };
}

function onWireOf(
  { assessment, model, issues }: AskedModel,
  changes: readonly WhatIfChange[],
  answer: WhatIfTaskAnswer,
): WhatIfAnswer {
  const names = model.bundle.ensemble.featureNames;
  const { before, after, alone, together, plausible, plausibleAlone } = answer;
  return {
    before: { purchase_probability: before.probability, log_odds: before.logOdds },
    after: { purchase_probability: after.probability, log_odds: after.logOdds },
    changes: changes.map((change, at) => ({
      ...change,
      purchase_probability: alone[at]!.probability,
      log_odds: alone[at]!.logOdds,
      difference: alone[at]!.logOdds - before.logOdds,
      plausibility: seenOnWire(plausibleAlone[at]!, names),
    })),
    together,
    plausibility: seenOnWire(plausible, names),
    caution,
    as_of: onWire(assessment.question.asOfMs),
    target: assessment.target,
    model: modelRef(model),
    input_issues: issues,
  };
}
