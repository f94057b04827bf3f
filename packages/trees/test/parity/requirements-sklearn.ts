import type { Fixture } from '../fixture.ts';

interface File {
  readonly estimator: string;
  readonly base?: number;
  readonly categories?: Readonly<Record<string, readonly (string | number)[]>>;
  readonly trees: readonly { readonly left: readonly number[]; readonly missing_left: readonly number[] }[];
}

const says = (name: string, holds: (file: File, fixture: Fixture) => boolean) => ({
  name: `scikit-learn: ${name}`,
  holds: (fixture: Fixture) => fixture.forest.kind.startsWith('sklearn') && holds(JSON.parse(fixture.text) as File, fixture),
});

/** Whether branches send missing values to both sides. */
const bothWays = ({ trees }: File) =>
  [0, 1].every((side) =>
    trees.some(({ left, missing_left }) => missing_left.some((flag, node) => flag === side && left[node] !== -1)),
  );
const hasCategory = ({ categories = {} }: File, type: string) =>
  Object.values(categories).some((list) => list.some((category) => typeof category === type));

const kinds = ['RandomForest', 'ExtraTrees', 'GradientBoosting', 'HistGradientBoosting'];

/** What scikit-learn's fixtures must show. */
export const sklearnRequirements = [
  ...kinds.flatMap((kind) =>
    ['Classifier', 'Regressor'].map((task) => says(`${kind}${task}`, ({ estimator }) => estimator === `${kind}${task}`)),
  ),
  ...['RandomForest', 'ExtraTrees', 'HistGradientBoosting'].map((kind) =>
    says(`${kind}: missing values sent both ways`, (file) => file.estimator.startsWith(kind) && bothWays(file)),
  ),
  says('categories by name', (file) => hasCategory(file, 'string')),
  says('categories by number', (file) => hasCategory(file, 'number')),
  says('boosting from nothing', ({ estimator, base }) => estimator === 'GradientBoostingClassifier' && base === 0),
  says('a threshold that splits known from missing', (_, { forest }) => forest.value.includes(Number.POSITIVE_INFINITY)),
];
