import { checkRows } from '../check-rows.ts';
import { type Forest, rowWidth } from '../forest.ts';
import { score, scoreBatch, scoreExact } from '../score.ts';
import { openExplainer, type TreeExplainer } from '../shap.ts';
import type { Engine } from './engine.ts';

/** The reference engine, in plain TypeScript: for every forest, every row and every platform. */
export function openTypescriptEngine(forest: Forest): Engine {
  let opened: TreeExplainer | undefined;
  const explainer = (): TreeExplainer => {
    opened ??= openExplainer(forest);
    return opened;
  };
  return {
    backend: 'typescript',
    forest,
    get baseValue() {
      return explainer().baseValue;
    },
    score: (row, offset = 0) => score(forest, row, offset),
    scoreExact: (row, offset = 0) => scoreExact(forest, row, offset),
    scoreBatch: (rows, rowCount, out, exact = false) => scoreBatch(forest, rows, rowCount, out, exact),
    explain: (row, out, rowOffset = 0, outOffset = 0) => explainer().explain(row, out, rowOffset, outOffset),
    explainBatch(rows, rowCount, out) {
      checkRows(forest, rows, rowCount, out, forest.featureCount);
      for (let row = 0; row < rowCount; row++) explainer().explain(rows, out, row * rowWidth(forest), row * forest.featureCount);
      return explainer().baseValue;
    },
  };
}
