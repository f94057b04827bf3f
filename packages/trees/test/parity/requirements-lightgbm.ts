import type { Fixture } from '../fixture.ts';

const isLightgbm = ({ forest }: Fixture) => forest.kind === 'lightgbm';

const says = (name: string, holds: (text: string, fixture: Fixture) => boolean) => ({
  name: `LightGBM: ${name}`,
  holds: (fixture: Fixture) => isLightgbm(fixture) && holds(fixture.text, fixture),
});

/** Every split's decision_type: bit 0 categorical, bit 1 default left, bits 2 and 3 the missing type (0 None, 1 Zero, 2 NaN). */
const decisionsOf = (text: string): readonly number[] =>
  [...text.matchAll(/^decision_type=(.*)$/gm)].flatMap(([, types]) => types!.split(' ').filter(Boolean).map(Number));
const isNumeric = (type: number) => (type & 1) === 0;

const objectives = ['binary sigmoid:1', 'cross_entropy', 'regression', 'regression_l1', 'huber', 'fair', 'quantile', 'mape'];

/** What LightGBM's fixtures must show. */
export const lightgbmRequirements = [
  ...['None', 'Zero', 'NaN'].map((rule, index) =>
    says(`missing rule ${rule}`, (text) => decisionsOf(text).some((type) => isNumeric(type) && type >> 2 === index)),
  ),
  ...[0, 2].map((side) =>
    says(`missing values go ${side === 0 ? 'right' : 'left'}`, (text) =>
      decisionsOf(text).some((type) => isNumeric(type) && type >> 2 === 2 && (type & 2) === side),
    ),
  ),
  ...objectives.map((objective) =>
    says(objective, (text) =>
      [objective, `${objective} `].some((start) => new RegExp(`^objective=${start}`, 'm').test(`${text}\n`)),
    ),
  ),
  says('categorical bit sets', (text) => decisionsOf(text).some((type) => !isNumeric(type))),
  says(
    'a bit set of several categories',
    (_, { forest }) => forest.categories?.words.some((word) => (word & (word - 1)) !== 0) === true,
  ),
  says(
    'a bit set of one category',
    (_, { forest }) => forest.categories?.words.some((word) => word !== 0 && (word & (word - 1)) === 0) === true,
  ),
  says(
    'categories under zero_as_missing',
    (text) => decisionsOf(text).some((type) => !isNumeric(type)) && /\[zero_as_missing: 1\]/.test(text),
  ),
  says('categories by name', (_, { forest }) => forest.encoding !== undefined),
  says(
    'random-forest mode',
    (text, { forest }) => /^average_output$/m.test(text) && forest.divisor > 1 && forest.space === 'log_odds',
  ),
  says('random-forest mode, a regression', (text, { forest }) => /^average_output$/m.test(text) && forest.space === 'value'),
  says('DART', (text) => /^\[boosting: dart\]$/m.test(text)),
  says('a tree that is one leaf', (text) => /^num_leaves=1$/m.test(text)),
  says('a threshold that splits known from missing', (_, { forest }) => forest.value.includes(Number.POSITIVE_INFINITY)),
];
