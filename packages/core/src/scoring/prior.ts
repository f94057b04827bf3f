import { topCategory } from '../features/catalogue/amounts.ts';
import type { ReferenceProfile } from './bundle.ts';
import { dayPartOf, rateKey } from './day-part.ts';
import { logOddsOf } from './log-odds.ts';
import { type PriorRules, referencePriorRules } from './prior-rules.ts';
import { PURCHASES_OF_PRIOR, smoothedRate } from './smoothed-rate.ts';

/** What is known of a question when nothing is known of the shopper. */
export interface PriorQuestion {
  /** Top category or its dotted path; absent = unknown. */
  readonly category?: string;
  /** 0–23, in the shop's time zone. */
  readonly hour: number;
  readonly isWeekend: boolean;
}

/** The answer of the prior rung, and what it stands on. */
export interface PriorAnswer {
  readonly probability: number;
  readonly logOdds: number;
  readonly rung: 'prior';
  /** The finest cell with data: category and time, category, the shop at that time, the whole shop; or the shipped rate. */
  readonly basis: 'category_time' | 'category' | 'time' | 'shop' | 'shipped';
  /** Rows that cell holds. */
  readonly rows: number;
  /** Expected behaviour against an average session: multipliers, for display only. */
  readonly expected: Readonly<Record<string, number>>;
}

/**
 * The purchase rate of category × time, each cell drawn to the one above it: shipped rate → shop → category → category at that time
 * (nested empirical Bayes). Without a profile the shipped rate answers.
 */
export function priorAnswer(
  profile: ReferenceProfile | undefined,
  question: PriorQuestion,
  rules: PriorRules = referencePriorRules,
): PriorAnswer {
  const asked = topCategory(question.category ?? '');
  // A category that the shop never saw says nothing: the shop's own rate at that time answers.
  const category = own(profile?.categoryRates, asked) === undefined ? '' : asked;
  const dayPart = dayPartOf(question.hour, question.isWeekend);
  const cells = [
    { basis: 'shop', key: rateKey('') },
    ...(category === '' ? [] : [{ basis: 'category', key: rateKey(category) } as const]),
    { basis: category === '' ? 'time' : 'category_time', key: rateKey(category, dayPart) },
  ] as const;
  let answer: { basis: PriorAnswer['basis']; rows: number; rate: number } = { basis: 'shipped', rows: 0, rate: rules.baseRate };
  for (const { basis, key } of cells) {
    const cell = own(profile?.categoryRates, key);
    if (cell === undefined || cell.rows === 0) continue;
    const purchases = basis === 'shop' ? rules.purchases : PURCHASES_OF_PRIOR;
    answer = { basis, rows: cell.rows, rate: smoothedRate(cell, answer.rate, purchases) };
  }
  const { basis, rows, rate } = answer;
  return {
    probability: rate,
    logOdds: logOddsOf(rate),
    rung: 'prior',
    basis,
    rows,
    expected: expectedBehaviour(rules, question),
  };
}

/** How such sessions are expected to differ from the average one; multipliers of several rules multiply. Measured behaviour is never touched by it. */
export function expectedBehaviour(
  { expectations }: PriorRules,
  { category, hour, isWeekend }: PriorQuestion,
): Readonly<Record<string, number>> {
  const expected = new Map<string, number>();
  for (const rule of expectations) {
    if (rule.category !== undefined && rule.category !== topCategory(category ?? '')) continue;
    if (rule.weekend !== undefined && rule.weekend !== isWeekend) continue;
    if (rule.hours !== undefined && (hour < rule.hours[0] || hour > rule.hours[1])) continue;
    for (const [what, factor] of Object.entries(rule.multiply)) expected.set(what, (expected.get(what) ?? 1) * factor);
  }
  return Object.fromEntries(expected);
}

/** Category names come from outside: `constructor` must not find an inherited member. */
const own = (rates: ReferenceProfile['categoryRates'] | undefined, key: string) =>
  rates !== undefined && Object.hasOwn(rates, key) ? rates[key] : undefined;
