import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { cutLines } from '../importing/files/read-lines.ts';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import type { Asked } from './asked.ts';
import { draftFiles, readTaken, type Taken } from './draft.ts';
import type { Member, Snapshot } from './snapshot.ts';
import { writeJsonLines } from './write-json.ts';

/** Where snapshots lie: what names nobody, and, apart, what names people. */
export interface SegmentFolders {
  /** Sizes over time, lifetime value, deliveries. */
  readonly history: string;
  /** Members of the last snapshot, and chances whose windows are open. */
  readonly people: string;
}

/** The snapshots of a data directory. Every file appears whole or not at all. */
export interface SnapshotStore {
  /** Oldest first. */
  list(): readonly Snapshot[];
  /** A new folder to take stock in; `discard` it whatever comes of it. What processes left behind that are no more is removed first: it names people. */
  workplace(): string;
  discard(folder: string): void;
  /** Puts the finished stock of such a folder in the place of the one before: members, open chances, then the list, with what earlier chances came to. */
  adopt(folder: string): Promise<Taken>;
  /** Members of the last snapshot, as they were surveyed. */
  members(): AsyncIterable<Member>;
  /** The chances that a snapshot asked for; empty where they were settled. */
  asked(takenAtMs: number): readonly Asked[];
  /** Removes a person from what names people. */
  forget(shopper: string): Promise<void>;
}

const keptSnapshots = 800;
const workplaceName = /^stock-(\d+)-/;
/** The folders that this process takes stock in: another one of its number, before a restart, may have left some. */
const ownWorkplaces = new Set<string>();

function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  } catch (error) {
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `${file} is damaged: ${(error as Error).message}; remove it, and take stock anew`,
      {
        cause: error,
      },
    );
  }
}

/** Whether somebody takes stock in a folder of this name. */
function isInUse(folder: string, pid: number): boolean {
  if (pid === process.pid) return ownWorkplaces.has(folder);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Opens the snapshots of two folders, made when something is kept. */
export function openSnapshotStore({ history, people }: SegmentFolders): SnapshotStore {
  const historyFile = join(history, 'snapshots.jsonl');
  const membersFile = join(people, 'members.jsonl');
  const askedFile = (takenAtMs: number): string => join(people, `asked-${takenAtMs}.jsonl`);
  // New members do not meet an erasure that still writes the old ones.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  let read: { readonly mark: string; readonly snapshots: readonly Snapshot[] } | undefined;

  /** Read anew when the file was replaced, by whomever. */
  function list(): readonly Snapshot[] {
    const { mtimeMs, size, ino } = statSync(historyFile, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0, ino: 0 };
    const mark = `${mtimeMs} ${size} ${ino}`;
    if (read?.mark !== mark) read = { mark, snapshots: readJsonLines<Snapshot>(historyFile) };
    return read.snapshots;
  }

  function workplace(): string {
    mkdirSync(people, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(people)) {
      const pid = workplaceName.exec(name)?.[1];
      const left = join(people, name);
      if (pid !== undefined && !isInUse(left, Number(pid))) rmSync(left, { recursive: true, force: true });
    }
    const folder = join(people, `stock-${process.pid}-${randomUUID().slice(0, 8)}`);
    mkdirSync(folder, { mode: 0o700 });
    ownWorkplaces.add(folder);
    return folder;
  }

  function adopt(folder: string): Taken {
    const taken = readTaken(folder);
    const { snapshot, settled } = taken;
    const files = draftFiles(folder);
    mkdirSync(history, { recursive: true, mode: 0o700 });
    renameSync(files.members, membersFile);
    renameSync(files.asked, askedFile(snapshot.takenAtMs));
    const realised = new Map(settled.map((one) => [one.takenAtMs, { realised: one.realised }]));
    // Who was in two of them at once is told of the last alone. The list comes last: a snapshot in it has its members.
    const before = list().map((one) => ({ ...one, ...realised.get(one.takenAtMs), shared: [] }));
    writeJsonLines(historyFile, [...before, snapshot].slice(-keptSnapshots));
    for (const { takenAtMs } of settled) rmSync(askedFile(takenAtMs), { force: true });
    return taken;
  }

  function discard(folder: string): void {
    ownWorkplaces.delete(folder);
    rmSync(folder, { recursive: true, force: true });
  }

  async function forget(shopper: string): Promise<void> {
    if (!existsSync(people)) return;
    const asked = readdirSync(people).filter((one) => /^asked-\d+\.jsonl$/.test(one));
    for (const name of [...asked.map((one) => join(people, one)), membersFile]) await forgetLines(name, shopper);
  }

  async function* members(): AsyncGenerator<Member> {
    for await (const line of linesOf(membersFile)) yield JSON.parse(line) as Member;
  }

  return {
    ...{ list, members, workplace, discard },
    adopt: (folder) => inTurn(() => adopt(folder)),
    asked: (takenAtMs) => readJsonLines<Asked>(askedFile(takenAtMs)),
    forget: (shopper) => inTurn(() => forget(shopper)),
  };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  if (!existsSync(file)) return;
  for await (const lines of cutLines(createReadStream(file)))
    for (const line of lines) if ('text' in line && line.text !== '') yield line.text;
}

/** Writes the lines of a file anew without those of one shopper; it stays as it is where there are none. */
async function forgetLines(file: string, shopper: string): Promise<void> {
  if (!existsSync(file)) return;
  const writer = openJsonlWriter(file);
  let isThere = false;
  try {
    for await (const line of linesOf(file)) {
      const one = JSON.parse(line) as Pick<Member, 'shopper'>;
      if (one.shopper === shopper) isThere = true;
      else writer.write(one);
    }
    if (isThere) writer.finish();
  } finally {
    writer.abandon();
  }
}
