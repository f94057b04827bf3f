import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import type { Forest } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';
import { scoreBatch } from '@tillcast/trees/score';
import type { Table } from './read-table.ts';
import type { TrainedMember } from './train-spec.ts';

/** A member as TypeScript reads it from the trainer's file. */
export interface ReadMember {
  readonly name: MemberName;
  readonly forest: Forest;
}

/** Reads the members a training left in `folder`. */
export const readMembers = (folder: string, members: readonly Pick<TrainedMember, 'name' | 'file' | 'base_margin'>[]): readonly ReadMember[] =>
  members.map(({ name, file, base_margin: baseMargin }) => ({
    name,
    forest: readForest(readFileSync(join(folder, file), 'utf8'), { baseMargin, file }),
  }));

export type RawScores = Readonly<Partial<Record<MemberName, Float64Array>>>;

/** Raw scores of every member on every row of a table, in the arithmetic that serves (float64 sums of float64 leaves). */
export function rawScores(members: readonly ReadMember[], { matrix, rowCount }: Pick<Table, 'matrix' | 'rowCount'>): RawScores {
  return Object.fromEntries(
    members.map(({ name, forest }) => {
      const raw = new Float64Array(rowCount);
      scoreBatch(forest, matrix, rowCount, raw, true);
      return [name, raw];
    }),
  );
}
