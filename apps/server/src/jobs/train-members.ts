import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { MemberAtSize } from '@tillcast/core/learning/latency-report';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import type { Forest } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';
import { scoreBatch } from '@tillcast/trees/score';
import { trimForest } from '@tillcast/trees/trim-forest';
import type { Table } from './read-table.ts';
import type { TrainedMember } from './train-spec.ts';

/** A member as TypeScript reads it from the trainer's file. */
export interface ReadMember {
  readonly name: MemberName;
  readonly forest: Forest;
}

function readMember(folder: string, { name, file, base_margin: baseMargin }: MemberFile): ReadMember {
  try {
    return { name, forest: readForest(readFileSync(join(folder, file), 'utf8'), { baseMargin, file }) };
  } catch (error) {
    throw new TillcastError('TRAINER_FAILED', `what it wrote of ${name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

type MemberFile = Pick<TrainedMember, 'name' | 'file' | 'base_margin'>;

/** Reads the members a training left in `folder`. */
export const readMembers = (folder: string, members: readonly MemberFile[]): readonly ReadMember[] =>
  members.map((member) => readMember(folder, member));

/** The members cut to the sizes an ensemble takes; those it does not name, and all where it names none, stay whole. */
export const atSizes = (members: readonly ReadMember[], sizes: readonly MemberAtSize[] = []): readonly ReadMember[] =>
  members.map(({ name, forest }) => {
    const size = sizes.find((one) => one.name === name);
    return { name, forest: size === undefined ? forest : trimForest(forest, size) };
  });

/** Raw scores by member, one a row. */
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
