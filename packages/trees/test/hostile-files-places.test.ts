import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import { LEAF } from '../src/forest.ts';
import { type LooseTree, layOutForest, MAX_FEATURES } from '../src/lay-out.ts';
import { MAX_FILE_LENGTH, readForest } from '../src/read-forest.ts';
import { type Parsed, readChanged } from './changed-file.ts';
import { readFixture } from './fixture.ts';

describe('bounds and places', () => {
  it('a chain deeper than the bound, and one below it', () => {
    const chain = (depth: number) => {
      const size = 2 * depth + 1;
      const list = (value: (node: number) => number) => Array.from({ length: size }, (_, node) => value(node));
      const inner = (node: number) => node < depth;
      return JSON.stringify({
        format: 'tillcast-sklearn-forest',
        version: 1,
        library: 'none',
        estimator: 'RandomForestClassifier',
        feature_names: ['a'],
        trees: [
          {
            left: list((node) => (inner(node) ? depth + node : -1)),
            right: list((node) => (inner(node) ? (node === depth - 1 ? 2 * depth : node + 1) : -1)),
            feature: list((node) => (inner(node) ? 0 : -1)),
            threshold: list((node) => node),
            missing_left: list(() => 0),
            cover: list((node) => (inner(node) ? depth - node + 1 : 1)),
            value: list(() => 0.5),
          },
        ],
      });
    };
    expect(readForest(chain(900)).treeCount).toBe(1);
    expect(() => readForest(chain(1_001))).toThrow(/deeper than 1000/);
  });

  it('trees whose explanation would take more memory than 1 GB', () => {
    const depth = 999;
    const chain = treeOf(2 * depth + 1, (node) => (node < depth ? [node + 1, depth + 1 + node] : undefined));
    const bush = treeOf(2 ** 18 - 1, (node) => (2 * node + 2 < 2 ** 18 - 1 ? [2 * node + 1, 2 * node + 2] : undefined));
    const forest =
      (...trees: LooseTree[]) =>
      () =>
        layOutForest(trees, {
          kind: 'lightgbm',
          featureNames: [],
          featureCount: 1_000,
          arithmetic: 'f64',
          baseMargin: 0,
          divisor: 1,
          space: 'log_odds',
        });
    expect(forest(chain)().treeCount).toBe(1);
    expect(forest(bush)().treeCount).toBe(1);
    expect(forest(chain, bush)).toThrow(/tree 1: trees of 262143 nodes and depth 999 are too large to explain/);
  });

  it('a file longer than any text can be', () => {
    expect(() => readForest(new Uint8Array(MAX_FILE_LENGTH + 1), { file: 'huge.json' })).toThrow(
      /^huge\.json: it has 536870881 bytes, at most 536870880/,
    );
  });

  it('names twice among a million are found in an instant, not in an hour', () => {
    const names = Array.from({ length: MAX_FEATURES }, (_, index) => `f${index}`);
    names[MAX_FEATURES - 1] = 'f0';
    const model = { format: 'tillcast-sklearn-forest', version: 1, estimator: 'RandomForestRegressor', feature_names: names };
    const leaf = { left: [-1], right: [-1], feature: [-1], threshold: [0], missing_left: [0], cover: [1], value: [0] };
    expect(() => readForest(JSON.stringify({ ...model, trees: [leaf] }))).toThrow(/names the feature "f0" twice/);
  });

  it('names file, format, tree and node as fields too', () => {
    const change = (file: Parsed) => (file.learner.gradient_booster.model.trees[3].left_children[1] = 0);
    expect(refusalOf(readChanged('xgboost-default', change))).toMatchObject({
      file: 'model.json',
      format: 'XGBoost JSON',
      tree: 3,
      node: 0,
    });
  });

  it.each([
    'xgboost-default',
    'xgboost-ubj',
    'catboost-default',
    'catboost-depthwise',
    'lightgbm-default',
    'sklearn-forest-default',
  ])('%s cut off anywhere: file and format named, and the tree where the cut lies in one', (name) => {
    const { model } = readFixture(name);
    // What LightGBM writes behind its trees may be missing; a last line break or brace belongs to the end.
    const whole = name.startsWith('lightgbm') ? Buffer.from(model).indexOf('end of trees') : model.length - 2;
    let inTrees = 0;
    for (let end = 1; end < whole; end += Math.ceil(model.length / 97)) {
      const error = refusalOf(() => readForest(model.subarray(0, end), { file: 'cut' }));
      expect(error.message).toMatch(/^cut[ :]/);
      if (end > 4_096) expect(error.format, `${end} bytes`).toBeDefined();
      if (error.tree !== undefined) inTrees++;
    }
    // LightGBM's end mark is asked for before any tree is read; CatBoost's trees stand in the middle of the file.
    if (name !== 'lightgbm-default') expect(inTrees).toBeGreaterThan(20);
  });
});

function refusalOf(read: () => unknown): ModelFileError {
  try {
    read();
  } catch (error) {
    if (error instanceof ModelFileError) return error;
    throw error;
  }
  throw new Error('the file was believed');
}

/** A tree by the children of its branches. */
function treeOf(size: number, childrenOf: (node: number) => [left: number, right: number] | undefined): LooseTree {
  const children = Array.from({ length: size }, (_, node) => childrenOf(node));
  const cover = new Array<number>(size).fill(1);
  // Children of the two shapes are numbered behind their parents.
  for (let node = size - 1; node >= 0; node--) {
    const pair = children[node];
    if (pair !== undefined) cover[node] = cover[pair[0]]! + cover[pair[1]]!;
  }
  return {
    size,
    feature: children.map((pair, node) => (pair === undefined ? LEAF : node % 1_000)),
    value: children.map(() => 0.5),
    left: children.map((pair) => pair?.[0] ?? LEAF),
    right: children.map((pair) => pair?.[1] ?? LEAF),
    missingGoesLeft: children.map(() => 0),
    cover,
  };
}
