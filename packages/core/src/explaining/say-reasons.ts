import { TillcastError } from '../errors/tillcast-error.ts';
import type { Explanation } from '../scoring/ensemble.ts';
import { probabilityOf } from '../scoring/log-odds.ts';
import { type Dictionary, phraseOf, valueInWords } from './feature-words.ts';
import { type Audience, templates } from './sentence-templates.ts';
import { topReasons } from './top-reasons.ts';

/** What the sentences are about. */
export interface SpokenRow {
  readonly names: readonly string[];
  readonly row: ArrayLike<number>;
  readonly explanation: Explanation;
  readonly dictionary: Dictionary;
  /** Ready to be read: "a purchase of this item", "24 hours". */
  readonly target: string;
  readonly horizon: string;
}

/** A row in words. */
export interface Sentences {
  readonly audience: Audience;
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly caution: string;
}

/** Reasons a reader is told one by one. */
const MOST_REASONS = 5;

const percent = (probability: number): string => `${(100 * probability).toFixed(probability < 0.1 ? 2 : 1)} %`;
const signed = (value: number, digits: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
const inHundred = (probability: number): string =>
  probability < 0.01 ? 'fewer than 1' : probability > 0.99 ? 'more than 99' : String(Math.round(100 * probability));

/** Puts an explanation into words for one reader; the numbers are the explanation's, the words the dictionary's. */
export function sayReasons(audience: Audience, spoken: SpokenRow): Sentences {
  const { explanation, target, horizon } = spoken;
  const template = templates[audience];
  const [chance, base] = [probabilityOf(explanation.logOdds), probabilityOf(explanation.baseValue)];
  const top = distinctPhrases(topReasons(explanation.contributions, explanation.contributions.length), spoken);
  const shown = top.slice(0, MOST_REASONS);
  const headline = fill(template.headline, {
    target,
    horizon,
    chance: percent(chance),
    base: percent(base),
    in_100: inHundred(chance),
    base_in_100: inHundred(base),
  });
  const reasons = shown.map((feature) => sayOne(audience, feature, spoken));
  const rest = top.slice(MOST_REASONS);
  if (rest.length > 0) reasons.push(sayRest(audience, rest, explanation.contributions));
  return { audience, headline, reasons: reasons.length === 0 ? [template.noReason] : reasons, caution: template.caution };
}

/** Features of one phrase (the sine and cosine of an hour) are told once, by the larger. */
function distinctPhrases(features: readonly number[], { names, dictionary }: SpokenRow): readonly number[] {
  const told = new Set<string>();
  return features.filter((feature) => {
    const words = dictionary(names[feature]!);
    const phrase = words?.unit === 'cycle' ? phraseOf(names[feature]!, words) : names[feature]!;
    const isNew = !told.has(phrase);
    told.add(phrase);
    return isNew;
  });
}

function sayOne(audience: Audience, feature: number, { names, row, explanation, dictionary }: SpokenRow): string {
  const contribution = explanation.contributions[feature]!;
  const name = names[feature]!;
  const words = dictionary(name);
  const points = 100 * (probabilityOf(explanation.logOdds) - probabilityOf(explanation.logOdds - contribution));
  const isCycle = words?.unit === 'cycle' && audience !== 'analyst';
  const template = contribution > 0 ? templates[audience].raises : templates[audience].lowers;
  return fill(isCycle ? template.replace(' ({value})', '') : template, {
    name,
    phrase: phraseOf(name, words),
    value: valueInWords(row[feature]!, words),
    contribution: signed(contribution, 3),
    points: `${signed(points, 2)} points`,
  });
}

function sayRest(audience: Audience, rest: readonly number[], contributions: ArrayLike<number>): string {
  const sum = rest.reduce((total, feature) => total + contributions[feature]!, 0);
  return fill(templates[audience].rest, {
    count: String(rest.length),
    contribution: signed(sum, 3),
    direction: sum > 0 ? 'for buying' : 'against buying',
  });
}

/** Fills the blanks; a blank without a value is a defect of the template. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, blank: string) => {
    const value = values[blank];
    if (value === undefined)
      throw new TillcastError('INPUT_INVALID', `the template asks for {${blank}}, which is not known here`);
    return value;
  });
}
