import { openEngine } from '../../src/engine.ts';
import { type Forest, rowWidth } from '../../src/forest.ts';
import { score, scoreExact } from '../../src/score.ts';
import { openExplainer } from '../../src/shap.ts';

/** Odd, but float32, so that the kernel takes them; more rows than one group of its lanes. */
const odd = [Number.NaN, Number.POSITIVE_INFINITY, 0, 2 ** -140, -7, 2 ** 127, Number.NEGATIVE_INFINITY];
const ROWS = 5;
/** What the engine promises of contributions, in units of the largest number among them. */
const TOLERANCE = 1e-6;
/** A leaf that no training row reached may be huge and still contribute nothing, but for the last bits of its float64. */
const LAST_BITS = 1e-14;

/** How the kernel's answers for a believed forest differ from the reference's; its scores may not differ by a bit. */
export function findEngineFault(forest: Forest): string | undefined {
  const engine = openEngine(forest);
  const width = rowWidth(forest);
  const { featureCount } = forest;
  const rows = Float64Array.from({ length: ROWS * width }, (_, i) => odd[(i + Math.floor(i / width)) % odd.length]!);
  const scores = new Float64Array(ROWS);
  const found = new Float64Array(ROWS * featureCount);
  engine.scoreBatch(rows, ROWS, scores);
  engine.explainBatch(rows, ROWS, found);
  const explainer = openExplainer(forest);
  const expected = new Float64Array(featureCount);
  const largest = forest.value.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  for (let row = 0; row < ROWS; row++) {
    const at = row * width;
    const pairs = [
      [engine.score(rows, at), score(forest, rows, at)],
      [engine.scoreExact(rows, at), scoreExact(forest, rows, at)],
      [scores[row]!, score(forest, rows, at)],
    ] as const;
    for (const [kernel, reference] of pairs) if (kernel !== reference) return `engine scores ${kernel}, reference ${reference}`;
    explainer.explain(rows, expected, at);
    const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), Math.abs(explainer.baseValue) + 1);
    for (let feature = 0; feature < featureCount; feature++) {
      const one = found[row * featureCount + feature]!;
      if (!(Math.abs(one - expected[feature]!) <= TOLERANCE * size + LAST_BITS * largest))
        return `engine’s contribution ${one} of feature ${feature}, reference ${expected[feature]}`;
    }
  }
  return undefined;
}
