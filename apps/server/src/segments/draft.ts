import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import type { Asked } from './asked.ts';
import type { LifetimeRefit } from './refit-lifetime.ts';
import type { Member, Snapshot } from './snapshot.ts';
import { writeJson, writeJsonLines } from './write-json.ts';

/** How the chances of an earlier snapshot came true. */
export interface Settled {
  readonly takenAtMs: number;
  readonly realised: NonNullable<Snapshot['realised']>;
}

/** What taking stock found, besides members and chances. */
export interface Taken {
  readonly snapshot: Snapshot;
  readonly settled: readonly Settled[];
  /** What became of learning lifetime value anew; absent: it was not due. */
  readonly refit?: LifetimeRefit;
}

/** The files of a stock in the folder it is taken in. */
export const draftFiles = (folder: string) => ({
  members: join(folder, 'members.jsonl'),
  asked: join(folder, 'asked.jsonl'),
  taken: join(folder, 'taken.json'),
});

/** A stock that is being taken, in a folder that nobody looks at before it is finished. */
export interface Draft {
  write(member: Member): void;
  /** Finishes it; what was found comes last, so that a folder that has it is whole. */
  finish(taken: Taken, asked: Iterable<Asked>): void;
  abandon(): void;
}

/** Opens the draft of a stock. */
export function openDraft(folder: string): Draft {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = draftFiles(folder);
  const members = openJsonlWriter(files.members);
  return {
    write: members.write,
    abandon: members.abandon,
    finish(taken, asked) {
      members.finish();
      writeJsonLines(files.asked, asked);
      writeJson(files.taken, taken);
    },
  };
}

/** What a finished draft found; STORE_UNAVAILABLE where it was not finished. */
export function readTaken(folder: string): Taken {
  try {
    return JSON.parse(readFileSync(draftFiles(folder).taken, 'utf8')) as Taken;
  } catch (error) {
    throw new TillcastError('STORE_UNAVAILABLE', `the stock in ${folder} was not finished: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
