import { checkOut, checkRow, checkRows } from '../check-rows.ts';
import { type Forest, rowWidth } from '../forest.ts';
import { sharePlayers } from '../shap/share-players.ts';
import { columnsOf } from './columns.ts';
import type { Engine, Lanes } from './engine.ts';
import { openKernel, unlessFull } from './kernel.ts';
import { openKernelExplainer } from './kernel-explainer.ts';
import { openKernelScorer } from './kernel-scorer.ts';
import { mendSum } from './mend-sum.ts';
import { layOutOblivious } from './oblivious-layout.ts';
import type { RowExplainer } from './row-explainer.ts';

/**
 * The WebAssembly engine over the reference one, which answers for rows that float32 cannot stand for and for forests the kernel cannot hold;
 * undefined where the platform has no SIMD or the forest is too large to score.
 */
export function openWasmEngine(forest: Forest, reference: Engine, lanes: Lanes): Engine | undefined {
  const kernel = openKernel();
  if (kernel === undefined) return undefined;
  const columns = columnsOf(forest);
  const oblivious = unlessFull(() => layOutOblivious(kernel, forest, columns.ofNode));
  const scorer = unlessFull(() => openKernelScorer(kernel, forest, columns, oblivious));
  if (scorer === undefined) return undefined;
  const width = rowWidth(forest);
  const { featureCount, players } = forest;
  let opened: RowExplainer | undefined;
  let isOpened = false;
  const explainer = (): RowExplainer | undefined => {
    if (!isOpened) opened = unlessFull(() => openKernelExplainer(kernel, forest, columns, oblivious, lanes));
    isOpened = true;
    return opened;
  };
  const playerCount = players?.features.length ?? featureCount;
  let sums = new Float64Array(playerCount);

  const scoreExact = (row: ArrayLike<number>, offset: number): number =>
    scorer.score(row, offset, true) ?? reference.scoreExact(row, offset);

  /** From a row's contributions by player to its contributions by feature, which add up to the score. */
  const finish = (
    base: number,
    from: number,
    row: ArrayLike<number>,
    offset: number,
    out: Float64Array,
    outOffset: number,
  ): void => {
    const own = sums.subarray(from, from + playerCount);
    out.fill(0, outOffset, outOffset + featureCount);
    if (players === undefined) out.set(own, outOffset);
    else sharePlayers(players.features, own, out, outOffset);
    if (forest.divisor !== 1) for (let i = 0; i < featureCount; i++) out[outOffset + i]! /= forest.divisor;
    if (forest.kind === 'sklearn_forest') mendSum(out, outOffset, featureCount, scoreExact(row, offset) - base);
  };

  return {
    backend: 'wasm',
    forest,
    get baseValue() {
      return explainer()?.baseValue ?? reference.baseValue;
    },
    score(row, offset = 0) {
      checkRow(forest, row, offset);
      return scorer.score(row, offset, false) ?? reference.score(row, offset);
    },
    scoreExact(row, offset = 0) {
      checkRow(forest, row, offset);
      return scoreExact(row, offset);
    },
    scoreBatch(rows, rowCount, out, exact = false) {
      checkRows(forest, rows, rowCount, out);
      for (let from = 0; from < rowCount; from += scorer.maxRows) {
        const count = Math.min(scorer.maxRows, rowCount - from);
        if (scorer.scoreRows(rows, from, count, out, exact)) continue;
        for (let row = from; row < from + count; row++)
          out[row] = exact
            ? scoreExact(rows, row * width)
            : (scorer.score(rows, row * width, false) ?? reference.score(rows, row * width));
      }
    },
    explain(row, out, rowOffset = 0, outOffset = 0) {
      checkRow(forest, row, rowOffset);
      checkOut(out, outOffset, featureCount);
      const kernels = explainer();
      if (!kernels?.explain(row, rowOffset, sums)) return reference.explain(row, out, rowOffset, outOffset);
      finish(kernels.baseValue, 0, row, rowOffset, out, outOffset);
      return kernels.baseValue;
    },
    explainBatch(rows, rowCount, out) {
      checkRows(forest, rows, rowCount, out, featureCount);
      const kernels = explainer();
      if (kernels === undefined) return reference.explainBatch(rows, rowCount, out);
      if (sums.length < kernels.maxRows * playerCount) sums = new Float64Array(kernels.maxRows * playerCount);
      for (let from = 0; from < rowCount; from += kernels.maxRows) {
        const count = Math.min(kernels.maxRows, rowCount - from);
        const isDone = kernels.explainRows(rows, from, count, sums);
        for (let row = from; row < from + count; row++) {
          if (isDone) finish(kernels.baseValue, (row - from) * playerCount, rows, row * width, out, row * featureCount);
          else reference.explain(rows, out, row * width, row * featureCount);
        }
      }
      return kernels.baseValue;
    },
  };
}
