import type { Fixture } from '../fixture.ts';
import { catboostRequirements } from './requirements-catboost.ts';
import { lightgbmRequirements } from './requirements-lightgbm.ts';
import { sklearnRequirements } from './requirements-sklearn.ts';
import { xgboostRequirements } from './requirements-xgboost.ts';

/** Something that at least one fixture must be; judged by its model file and rows, never by its name. */
export interface Requirement {
  readonly name: string;
  holds(fixture: Fixture): boolean;
}

const families = ['catboost', 'xgboost', 'lightgbm', 'sklearn_forest', 'sklearn_boosting'] as const;

const rowRequirements: readonly Requirement[] = families.flatMap((kind) => [
  {
    name: `${kind}: rows with missing values`,
    holds: ({ forest, rows }: Fixture) => forest.kind === kind && rows.some((row) => row.some(Number.isNaN)),
  },
  // The other forests of scikit-learn refuse infinite values.
  ...(kind === 'sklearn_forest'
    ? []
    : [
        {
          name: `${kind}: rows with infinite values`,
          holds: ({ forest, rows }: Fixture) =>
            forest.kind === kind && rows.some((row) => row.some((x) => Math.abs(x) === Infinity)),
        },
      ]),
]);

/** Every format, objective, missing rule and categorical kind that issue 4 names under "Formats, whole". */
export const requirements: readonly Requirement[] = [
  ...xgboostRequirements,
  ...lightgbmRequirements,
  ...catboostRequirements,
  ...sklearnRequirements,
  ...rowRequirements,
];
