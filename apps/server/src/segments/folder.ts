import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { cutLines } from '../importing/files/read-lines.ts';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { openTextWriter } from '../importing/text-writer.ts';
import type { Asked } from './asked.ts';
import type { Member, Snapshot } from './snapshot.ts';

/** Where snapshots lie: what names nobody, and, apart, what names people. */
export interface SegmentFolders {
  /** Sizes over time, lifetime value, deliveries. */
  readonly history: string;
  /** Members of the last snapshot, and chances whose windows are open. */
  readonly people: string;
}

/** A snapshot that is being taken. */
export interface SnapshotDraft {
  write(member: Member): void;
  /** Keeps it; its members replace those of the one before. */
  keep(snapshot: Snapshot, asked: readonly Asked[]): Promise<void>;
  abandon(): void;
}

/** The snapshots of a data directory. Every file appears whole or not at all. */
export interface SnapshotStore {
  /** Oldest first. */
  list(): readonly Snapshot[];
  /** Begins the members of a new snapshot, one at a time; nothing is kept unless `keep` is called. */
  draft(): SnapshotDraft;
  /** Replaces a snapshot by one that knows how its chances came true; its chances are forgotten. */
  settle(snapshot: Snapshot): void;
  /** Members of the last snapshot, as they were surveyed. */
  members(): AsyncIterable<Member>;
  /** The chances that a snapshot asked for; empty where they were settled. */
  asked(takenAtMs: number): readonly Asked[];
  /** Removes a person from what names people. */
  forget(shopper: string): Promise<void>;
}

const keptSnapshots = 800;
const keptLines = 2_000_000;

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

function writeJsonLines(file: string, values: Iterable<unknown>): void {
  const writer = openJsonlWriter(file);
  try {
    for (const value of values) writer.write(value);
    writer.finish();
  } finally {
    writer.abandon();
  }
}

/** Writes one JSON value so that it appears whole. */
export function writeJson(file: string, value: unknown): void {
  const writer = openTextWriter(file);
  writer.write(`${JSON.stringify(value)}\n`);
  writer.finish();
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

  function draft(): SnapshotDraft {
    for (const folder of [history, people]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const writer = openJsonlWriter(membersFile);
    return {
      write: writer.write,
      abandon: writer.abandon,
      keep: (snapshot, asked) =>
        inTurn(() => {
          writer.finish();
          writeJsonLines(askedFile(snapshot.takenAtMs), asked.slice(0, keptLines));
          // Who was in two of them at once is told of the last alone. The list comes last: a snapshot in it has its members.
          const before = list().map((one) => ({ ...one, shared: [] }));
          writeJsonLines(historyFile, [...before, snapshot].slice(-keptSnapshots));
        }),
    };
  }

  async function forget(shopper: string): Promise<void> {
    if (!existsSync(people)) return;
    for (const name of readdirSync(people).filter((one) => /^asked-\d+\.jsonl$/.test(one))) {
      const file = join(people, name);
      const all = readJsonLines<Asked>(file);
      const rest = all.filter((one) => one.shopper !== shopper);
      if (rest.length < all.length) writeJsonLines(file, rest);
    }
    await forgetMember(membersFile, members(), shopper);
  }

  async function* members(): AsyncGenerator<Member> {
    if (!existsSync(membersFile)) return;
    for await (const lines of cutLines(createReadStream(membersFile)))
      for (const line of lines) if ('text' in line && line.text !== '') yield JSON.parse(line.text) as Member;
  }

  return {
    ...{ list, draft, members },
    settle(snapshot) {
      writeJsonLines(
        historyFile,
        list().map((one) => (one.takenAtMs === snapshot.takenAtMs ? snapshot : one)),
      );
      rmSync(askedFile(snapshot.takenAtMs), { force: true });
    },
    asked: (takenAtMs) => readJsonLines<Asked>(askedFile(takenAtMs)),
    forget: (shopper) => inTurn(() => forget(shopper)),
  };
}

/** Writes the members anew without one; the file stays as it is where they are not in it. */
async function forgetMember(file: string, members: AsyncIterable<Member>, shopper: string): Promise<void> {
  if (!existsSync(file)) return;
  const writer = openJsonlWriter(file);
  let isThere = false;
  try {
    for await (const member of members) {
      if (member.shopper === shopper) isThere = true;
      else writer.write(member);
    }
    if (isThere) writer.finish();
  } finally {
    writer.abandon();
  }
}
