import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costCoefficients, costOf, costsByTreeCount, shapeOfTree } from '../src/cost.ts';
import { endOf, planShap } from '../src/shap/plan.ts';
import { trimForest } from '../src/trim-forest.ts';
import { fixtureNames, readFixture } from './fixture.ts';
import { forests } from './random-forest.ts';

interface Contract {
  readonly milliUnits: Readonly<Record<string, number>>;
  readonly examples: readonly {
    readonly model: string;
    readonly trees: number;
    readonly leaves?: number;
    readonly units: number;
  }[];
}
const contract = JSON.parse(readFileSync(new URL('../../../contracts/cost-units.json', import.meta.url), 'utf8')) as Contract;

const unitsOf = ({ model, trees, leaves }: Contract['examples'][number]): number => {
  const { forest } = readFixture(model);
  const { score, explain } = costOf(trimForest(forest, { trees, leaves }));
  return score + explain;
};

describe('cost units', () => {
  it('have the coefficients of the contract', () => expect(costCoefficients).toEqual(contract.milliUnits));

  it.each(contract.examples)('$model, $trees trees, leaves $leaves: to the bit as the trainer counts', (example) => {
    expect(unitsOf(example)).toBeCloseTo(example.units, 9);
  });

  it('a counter that forgot a tree would be noticed', () => {
    const wrong = contract.examples.filter((one) => one.trees > 1 && unitsOf({ ...one, trees: one.trees - 1 }) === one.units);
    expect(wrong).toEqual([]);
  });

  it('count the splits and the quadrature nodes that SHAP really takes', () => {
    fc.assert(
      fc.property(forests, (forest) => {
        const { quadrature } = planShap(forest);
        for (let tree = 0; tree < forest.treeCount; tree++) {
          const { splits, distinctOnPath } = shapeOfTree(forest, tree);
          expect(2 * splits + 1).toBe(endOf(forest, tree) - forest.roots[tree]!);
          expect(Math.max(1, Math.ceil(distinctOnPath / 2))).toBe(quadrature[tree]!.nodes.length);
        }
      }),
    );
  });

  it('add up tree by tree', () => {
    fc.assert(
      fc.property(forests, (forest) => {
        const costs = costsByTreeCount(forest);
        for (let trees = 1; trees <= forest.treeCount; trees++) {
          const { score, explain } = costOf(trimForest(forest, { trees }));
          expect(costs[trees - 1]!).toBeCloseTo(score + explain, 9);
        }
      }),
    );
  });

  it('know which trees are oblivious', () => {
    const obliviousOf = (name: string) => shapeOfTree(readFixture(name).forest, 0).oblivious;
    expect(['catboost-default', 'catboost-stump', 'catboost-one-hot'].map(obliviousOf)).toEqual([true, true, true]);
    expect(['catboost-lossguide', 'catboost-depthwise', 'xgboost-stump'].map(obliviousOf)).toEqual([false, false, false]);
  });

  it('are finite and positive for every fixture model', () => {
    for (const name of fixtureNames) {
      const { score, explain } = costOf(readFixture(name).forest);
      expect(score > 0 && explain > 0 && Number.isFinite(score + explain), name).toBe(true);
    }
  });
});
