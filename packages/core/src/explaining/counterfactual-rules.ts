import { TillcastError } from '../errors/tillcast-error.ts';

/** How a feature may be changed in a counterfactual; a feature without a rule never is. */
export interface CounterfactualRule {
  readonly feature: string;
  readonly move: 'immutable' | 'only_up' | 'only_down' | 'free';
  /** What one step adds; with `relative`, the share of the value that one step adds. */
  readonly step: number;
  readonly relative: boolean;
  /** The cost of one step, > 0, in the shop's own unit. */
  readonly cost: number;
  /** Steps in one direction at most. */
  readonly mostSteps: number;
  readonly least: number | undefined;
  readonly most: number | undefined;
  /** Features that change by the same factor, because they are made of this one; relative rules only. */
  readonly scales: readonly string[];
}

/** Features one search may move; each doubles what there is to look at. */
export const MOST_RULES = 16;
const MOST_STEPS = 64;
const moves = ['immutable', 'only_up', 'only_down', 'free'] as const;
const fields = ['move', 'step', 'relative', 'cost', 'most_steps', 'least', 'most', 'scales'];

/** What a shop can do without asking the shopper: lower the price, at a cost a step of 5 %. */
export const defaultCounterfactualRules = {
  price: {
    move: 'only_down',
    step: 0.05,
    relative: true,
    cost: 1,
    most_steps: 8,
    scales: ['price_to_category_mean', 'price_to_item_mean', 'price_to_session_mean'],
  },
} as const;

const refuse = (pointer: string, detail: string): never => {
  throw new TillcastError('INPUT_INVALID', `${pointer} ${detail}`);
};

/**
 * Rules from data, as YAML or JSON gives it: `{feature: {move, step, relative?, cost?, most_steps?, least?, most?, scales?}}`.
 * A feature the model does not have is refused where it is named by the shop, and left out where `known` is not decisive (`lenient`).
 */
export function parseCounterfactualRules(
  data: unknown,
  known: readonly string[],
  lenient = false,
): readonly CounterfactualRule[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return refuse('/rules', 'must be an object: one rule a feature');
  const entries = Object.entries(data);
  if (entries.length > MOST_RULES) refuse('/rules', `holds ${entries.length} rules; at most ${MOST_RULES} go into one search`);
  return entries.flatMap(([feature, rule]) => {
    if (!known.includes(feature)) return lenient ? [] : refuse(`/rules/${feature}`, 'is not a feature of this model');
    return [parseRule(feature, rule, known, lenient)];
  });
}

function parseRule(feature: string, data: unknown, known: readonly string[], lenient: boolean): CounterfactualRule {
  const at = `/rules/${feature}`;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return refuse(at, 'must be an object');
  const rule = data as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(rule).find((field) => !fields.includes(field));
  if (stranger !== undefined) refuse(`${at}/${stranger}`, `is not a field of a rule; there are ${fields.join(', ')}`);
  const move = moves.find((one) => one === rule.move) ?? refuse(`${at}/move`, `must be one of ${moves.join(', ')}`);
  const number = (field: string, fallback: number, isGood: (value: number) => boolean, want: string): number => {
    const value = rule[field] ?? fallback;
    return typeof value === 'number' && isGood(value) ? value : refuse(`${at}/${field}`, `is ${JSON.stringify(value)}; ${want}`);
  };
  const finite = (field: string): number | undefined =>
    rule[field] === undefined ? undefined : number(field, 0, Number.isFinite, 'give a number');
  const isPositive = (value: number): boolean => Number.isFinite(value) && value > 0;
  const relative = rule.relative ?? false;
  if (typeof relative !== 'boolean') refuse(`${at}/relative`, 'must be true or false');
  const scales = rule.scales ?? [];
  if (!Array.isArray(scales) || scales.length > 64 || !scales.every((name) => typeof name === 'string'))
    return refuse(`${at}/scales`, 'must be a list of features');
  if (scales.length > 0 && relative !== true) refuse(`${at}/scales`, 'goes with relative steps only');
  const unknown = scales.find((name) => !known.includes(name));
  if (unknown !== undefined && !lenient)
    refuse(`${at}/scales`, `names ${JSON.stringify(unknown)}, which is not a feature of this model`);
  const isStep = (value: number): boolean => isPositive(value) && (relative !== true || value < 1);
  return {
    feature,
    move,
    relative: relative === true,
    step:
      move === 'immutable'
        ? number('step', 1, isStep, 'give a number > 0')
        : number('step', Number.NaN, isStep, 'give a number > 0, below 1 where it is relative'),
    cost: number('cost', 1, isPositive, 'give a number > 0'),
    mostSteps: number(
      'most_steps',
      16,
      (value) => Number.isInteger(value) && value >= 1 && value <= MOST_STEPS,
      `give a whole number from 1 to ${MOST_STEPS}`,
    ),
    least: finite('least'),
    most: finite('most'),
    scales: scales.filter((name) => known.includes(name)),
  };
}
