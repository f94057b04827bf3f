import type { SizedMember, SizedScores } from '@tillcast/core/learning/member-size';
import { costsByTreeCount } from '@tillcast/trees/cost';
import type { Forest } from '@tillcast/trees/forest';
import { scorePrefixes } from '@tillcast/trees/score-prefixes';
import { trimForest } from '@tillcast/trees/trim-forest';
import type { Table } from './read-table.ts';
import type { ReadMember } from './train-members.ts';
import type { OfferedSize, TrainedMember } from './train-spec.ts';

/** The name of a size's out-of-fold column, contracts/training-result.schema.json. */
function columnOf(member: string, { trees, leaves }: OfferedSize, isWhole: boolean): string {
  if (isWhole) return member;
  return leaves === null ? `${member}@${trees}` : `${member}@${trees}x${leaves}`;
}

const offeredBy = ({ sizes }: Pick<TrainedMember, 'sizes'>, { treeCount }: Forest): readonly OfferedSize[] =>
  sizes ?? [{ trees: treeCount, leaves: null }];

/** The out-of-fold columns of all sizes of the members. */
export const columnsOf = (members: readonly TrainedMember[]): readonly string[] =>
  members.flatMap(({ name, sizes }) => sizes?.map((size, index) => columnOf(name, size, index === sizes.length - 1)) ?? [name]);

/** Rows by their place in the table, features side by side. */
interface PickedRows {
  readonly at: Int32Array;
  readonly matrix: Float32Array;
}

/** What blends are fitted and judged on; nobody asks the members about rows they were fitted on. */
function laterRows({ split, matrix, rowCount }: Table): PickedRows {
  const at = Int32Array.from({ length: rowCount }, (_, row) => row).filter((row) => split[row] !== 'train');
  const width = matrix.length / rowCount;
  const picked = new Float32Array(at.length * width);
  at.forEach((row, index) => {
    picked.set(matrix.subarray(row * width, (row + 1) * width), index * width);
  });
  return { at, matrix: picked };
}

/** Scores and costs of every member in every size it was offered at, on all rows but those of `train`. */
export function sizedScores(
  table: Table,
  members: readonly ReadMember[],
  trained: readonly TrainedMember[],
  outOfFold: ((column: string) => Float64Array) | undefined,
): readonly SizedMember[] {
  const later = laterRows(table);
  return members.map(({ name, forest }) => {
    const offered = offeredBy(trained.find((member) => member.name === name) ?? {}, forest);
    const scored = scoreSizes(forest, offered, later, table.rowCount);
    const sizes = scored.map((scores, index): SizedScores => {
      const column = columnOf(name, offered[index]!, index === offered.length - 1);
      return outOfFold === undefined ? scores : { ...scores, oof: outOfFold(column) };
    });
    return { name, sizes };
  });
}

/** One walk through the trees of each leaf bound serves all numbers of trees. */
function scoreSizes(
  forest: Forest,
  offered: readonly OfferedSize[],
  later: PickedRows,
  rowCount: number,
): readonly SizedScores[] {
  const found = new Map<OfferedSize, SizedScores>();
  for (const leaves of new Set(offered.map((size) => size.leaves))) {
    const cut = trimForest(forest, { trees: forest.treeCount, leaves: leaves ?? undefined });
    const costs = costsByTreeCount(cut);
    const sizes = offered.filter((size) => size.leaves === leaves).sort((a, b) => a.trees - b.trees);
    const counts = sizes.map(({ trees }) => trees);
    const scores = scorePrefixes(cut, counts, later.matrix, later.at.length);
    sizes.forEach((size, index) => {
      const raw = new Float64Array(rowCount).fill(Number.NaN);
      later.at.forEach((row, place) => {
        raw[row] = scores[index]![place]!;
      });
      const { trees } = size;
      found.set(size, { size: leaves === null ? { trees } : { trees, leaves }, units: costs[trees - 1]!, raw });
    });
  }
  return offered.map((size) => found.get(size)!);
}
