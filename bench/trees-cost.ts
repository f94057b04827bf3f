import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { measureNsPerUnit, openServing } from '../apps/server/src/jobs/yardstick.ts';
import { openRandom, type Random } from '../packages/core/src/simulation/random.ts';
import { costCoefficients, costOf, costsByTreeCount, shapeOfTree, type TreeShape } from '../packages/trees/src/cost.ts';
import { type Forest, LEAF } from '../packages/trees/src/forest.ts';
import { readForest } from '../packages/trees/src/read-forest.ts';
import { trimForest } from '../packages/trees/src/trim-forest.ts';

/**
 * Cost units against the clock: what score and exact SHAP of one row cost by packages/trees/src/cost.ts, and what they take here. Models are made;
 * those of files come on top (`node bench/trees-cost.ts model.json model.txt`). `--fit` prints the coefficients that would fit this machine best on models within budgets;
 * `--examples` writes contracts/cost-units.json anew from the code and the fixture models.
 */
const { values: flags, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    fit: { type: 'boolean', default: false },
    examples: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const FEATURES = 32;
const contract = new URL('../contracts/cost-units.json', import.meta.url);

interface Sapling {
  feature: number;
  value: number;
  cover: number;
  children?: readonly [Sapling, Sapling];
}

/** Grows a tree to so many leaves: level by level, or always the heaviest leaf, as leaf-wise learners do; one question a level where `asked` is given. */
function grow(leaves: number, isLeafWise: boolean, random: Random, asked?: readonly Sapling[]): Sapling {
  const sprout = (cover: number): Sapling => ({ feature: LEAF, value: random.uniform() - 0.5, cover });
  const root = sprout(4_096);
  const open = [{ node: root, level: 0 }];
  for (let count = 1; count < leaves; count++) {
    const heaviest = open.reduce((best, one) => (one.node.cover > best.node.cover ? one : best));
    const { node, level } = isLeafWise ? open.splice(open.indexOf(heaviest), 1)[0]! : open.shift()!;
    node.feature = asked?.[level]?.feature ?? Math.floor(random.uniform() * FEATURES);
    node.value = asked?.[level]?.value ?? random.uniform() - 0.5;
    const share = 0.15 + 0.7 * random.uniform();
    node.children = [sprout(node.cover * share), sprout(node.cover * (1 - share))];
    open.push(...node.children.map((child) => ({ node: child, level: level + 1 })));
  }
  return root;
}

function layOut(kind: Forest['kind'], trees: readonly Sapling[]): Forest {
  const flat: { sapling: Sapling; left: number; right: number }[] = [];
  const add = (sapling: Sapling): number => {
    const node = { sapling, left: LEAF, right: LEAF };
    const place = flat.push(node) - 1;
    if (sapling.children !== undefined) {
      node.left = add(sapling.children[0]);
      node.right = add(sapling.children[1]);
    }
    return place;
  };
  const roots = Int32Array.from(trees, add);
  return {
    ...{ kind, roots, featureNames: [], featureCount: FEATURES, treeCount: trees.length, zeroIsMissing: undefined },
    feature: Int32Array.from(flat, ({ sapling }) => sapling.feature),
    value: Float64Array.from(flat, ({ sapling }) => sapling.value),
    left: Int32Array.from(flat, ({ left }) => left),
    right: Int32Array.from(flat, ({ right }) => right),
    missingGoesLeft: new Uint8Array(flat.length),
    // XGBoost keeps covers in float32, which do not add up: its kernel is another one.
    cover: Float64Array.from(flat, ({ sapling }) => (kind === 'xgboost' ? Math.fround(sapling.cover) : sapling.cover)),
    arithmetic: kind === 'xgboost' ? 'f32' : 'f64',
    baseMargin: 0,
    divisor: kind === 'sklearn_forest' ? trees.length : 1,
    space: kind === 'sklearn_forest' ? 'probability' : 'log_odds',
  };
}

function madeForests(): readonly { name: string; forest: Forest }[] {
  const random = openRandom('cost');
  const made = (kind: Forest['kind'], trees: number, leaves: number, isLeafWise: boolean) => ({
    name: `${kind} ${trees} × ${leaves}`,
    forest: layOut(
      kind,
      Array.from({ length: trees }, () => grow(leaves, isLeafWise, random)),
    ),
  });
  const oblivious = (trees: number, depth: number) => ({
    name: `catboost ${trees} × depth ${depth}`,
    forest: layOut(
      'catboost',
      Array.from({ length: trees }, () => {
        const asked = Array.from({ length: depth }, () => grow(2, false, random));
        return grow(2 ** depth, false, random, asked);
      }),
    ),
  });
  return [
    ...[
      [100, 4],
      [400, 4],
      [100, 8],
      [300, 16],
      [100, 32],
      [500, 64],
    ].map(([t, l]) => made('xgboost', t!, l!, false)),
    ...[
      [100, 4],
      [400, 8],
      [200, 31],
      [500, 31],
      [100, 63],
    ].map(([t, l]) => made('lightgbm', t!, l!, true)),
    ...[
      [25, 16],
      [200, 16],
      [50, 32],
      [150, 32],
      [100, 64],
      [50, 128],
      [200, 256],
      [100, 600],
    ].map(([t, l]) => made('sklearn_forest', t!, l!, true)),
    ...[
      [100, 4],
      [100, 6],
      [500, 6],
      [300, 8],
    ].map(([t, d]) => oblivious(t!, d!)),
  ];
}

interface Measured {
  readonly name: string;
  readonly forest: Forest;
  readonly scoreNs: number;
  readonly explainNs: number;
}

/** Medians of one-row calls over rounds of rows. */
function measure({ name, forest }: { name: string; forest: Forest }): Measured {
  const random = openRandom(name);
  const rows = Float32Array.from({ length: 32 * forest.featureCount }, () => random.uniform() - 0.5);
  const serving = openServing(forest);
  const medianNs = (call: (at: number) => void): number => {
    const times: number[] = [];
    const endMs = performance.now() + 250;
    for (let round = 0; round < 12 || performance.now() < endMs; round++) {
      const began = performance.now();
      for (let row = 0; row < 8; row++) call(((round * 8 + row) % 32) * forest.featureCount);
      if (round >= 4) times.push(((performance.now() - began) * 1e6) / 8);
    }
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  };
  return {
    ...{ name, forest },
    scoreNs: medianNs((at) => void serving.score(rows, at)),
    explainNs: medianNs((at) => serving.explain(rows, at)),
  };
}

const rank = (values: readonly number[]): number[] => {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => sorted.indexOf(value));
};

/** Spearman's rank correlation. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [rank(a), rank(b)];
  const squares = x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0);
  return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1));
}

/** Least squares of relative errors over coefficients ≥ 0, by cyclic descent. */
function fitRelative(counts: readonly (readonly number[])[], times: readonly number[]): readonly number[] {
  const scaled = counts.map((row, i) => row.map((value) => value / times[i]!));
  const found = new Float64Array(counts[0]!.length);
  for (let step = 0; step < 20_000; step++) {
    const k = step % found.length;
    let [up, down] = [0, 0];
    for (const row of scaled) {
      const rest = 1 - row.reduce((sum, value, j) => sum + (j === k ? 0 : value * found[j]!), 0);
      up += row[k]! * rest;
      down += row[k]! ** 2;
    }
    found[k] = down > 0 ? Math.max(0, up / down) : 0;
  }
  return Array.from(found);
}

const shapes = ({ forest }: Measured): readonly TreeShape[] =>
  Array.from({ length: forest.treeCount }, (_, tree) => shapeOfTree(forest, tree));
const sum = (measured: Measured, of: (shape: TreeShape) => number): number =>
  shapes(measured).reduce((total, shape) => total + of(shape), 0);

/** Slower ones are beyond every usual budget, and many beyond the second-level cache. */
const SLOWEST_FITTED_NS = 250_000;

function fitCoefficients(measured: readonly Measured[]) {
  const all = measured.filter(({ scoreNs, explainNs }) => scoreNs + explainNs <= SLOWEST_FITTED_NS);
  const isTable = (one: Measured) => shapeOfTree(one.forest, 0).oblivious;
  const steps = ({ splits }: TreeShape) => (splits === 0 ? 0 : 32 - Math.clz32(splits));
  const nodes = ({ distinctOnPath }: TreeShape) => Math.max(1, Math.ceil(distinctOnPath / 2));
  const [trees, tables] = [all.filter((one) => !isTable(one)), all.filter(isTable)];
  const score = fitRelative(
    all.map((one) => [1, one.forest.treeCount, sum(one, steps)]),
    all.map((one) => one.scoreNs),
  );
  const explain = fitRelative(
    trees.map((one) => [
      1,
      one.forest.treeCount,
      sum(one, ({ splits }) => splits),
      sum(one, (shape) => shape.splits * nodes(shape)),
    ]),
    trees.map((one) => one.explainNs),
  );
  const tabled = fitRelative(
    tables.map((one) => [one.forest.treeCount, sum(one, ({ distinctOnPath }) => distinctOnPath)]),
    // The call itself is the same.
    tables.map((one) => one.explainNs - explain[0]!),
  );
  const fitted = [...score, ...explain, ...tabled];
  return Object.fromEntries(Object.keys(costCoefficients).map((name, i) => [name, Math.round(fitted[i]! * 1_000)]));
}

const exampleModels = [
  ...['catboost-default', 'catboost-deep-on-few-rows', 'catboost-stump', 'catboost-missing-min'],
  ...['xgboost-default', 'xgboost-deep', 'xgboost-stump', 'xgboost-pruned', 'xgboost-missing'],
  ...['lightgbm-default', 'lightgbm-single-leaf', 'lightgbm-stump', 'lightgbm-missing', 'lightgbm-categories'],
  ...['sklearn-forest-default', 'sklearn-forest-deep', 'sklearn-forest-stump', 'sklearn-forest-missing'],
];
const fileOf = (name: string) => (name.startsWith('lightgbm') ? 'model.txt' : 'model.json');
const round3 = (units: number): number => Math.round(units * 1_000) / 1_000;

function writeExamples(): void {
  const examples = exampleModels.flatMap((model) => {
    const forest = readForest(readFileSync(new URL(`../fixtures/models/${model}/${fileOf(model)}`, import.meta.url), 'utf8'));
    const unitsAt = (trees: number, leaves?: number) => ({
      ...{ model, trees },
      ...(leaves === undefined ? {} : { leaves }),
      units: round3(costsByTreeCount(trimForest(forest, { trees: forest.treeCount, leaves }))[trees - 1]!),
    });
    const counts = [...new Set([1, Math.ceil(forest.treeCount / 2), forest.treeCount])];
    const bounds = model.startsWith('sklearn') ? [2, 5, 16] : [];
    return [...counts.map((trees) => unitsAt(trees)), ...bounds.map((leaves) => unitsAt(forest.treeCount, leaves))];
  });
  const text = {
    description:
      'What it costs to score one row and explain it by exact SHAP, in units of about a nanosecond of one core of the reference machine. In thousandths of a unit, scoreModel + explainModel a model, and per tree scoreTree + scoreStep × ⌈log2 leaves⌉, and explainTree + splits × (explainSplit + explainSplitNode × max(1, ⌈distinct features on a path / 2⌉)), or for an oblivious tree tableTree + tableFeature × distinct features. Examples: fixture models, their first trees, each cut back to so many leaves.',
    milliUnits: costCoefficients,
    examples,
  };
  const lines = JSON.stringify(text, null, 2).replace(/\{\s+"model"[^}]*\}/g, (one) => one.replaceAll(/\s+/g, ' '));
  writeFileSync(contract, `${lines}\n`);
}

function report(all: readonly Measured[]): void {
  const nsPerUnit = measureNsPerUnit();
  const rows = all.map(({ name, forest, scoreNs, explainNs }) => {
    const { score, explain } = costOf(forest);
    return { name, score, scoreNs, explain, explainNs, ratio: (scoreNs + explainNs) / ((score + explain) * nsPerUnit) };
  });
  const correlation = rankCorrelation(
    rows.map(({ score, explain }) => score + explain),
    rows.map(({ scoreNs, explainNs }) => scoreNs + explainNs),
  );
  if (flags.json) console.log(JSON.stringify({ nsPerUnit, rankCorrelation: correlation, rows }));
  else {
    const whole = (value: number) => Math.round(value);
    console.table(
      rows.map((r) => ({
        ...r,
        score: whole(r.score),
        scoreNs: whole(r.scoreNs),
        explain: whole(r.explain),
        explainNs: whole(r.explainNs),
        ratio: Number(r.ratio.toFixed(2)),
      })),
    );
    console.log(
      `${nsPerUnit.toFixed(3)} ns a unit by the yardstick; rank correlation of units and times ${correlation.toFixed(4)}`,
    );
  }
  if (flags.fit) console.log(fitCoefficients(all));
}

if (flags.examples) writeExamples();
else {
  const models = files.map((name) => ({ name: basename(name), forest: readForest(readFileSync(name), { file: name }) }));
  report([...madeForests(), ...models].map(measure));
}
