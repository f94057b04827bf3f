import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';

/** How far a spool is known to be good: what lies beyond `bytes` was never promised. */
interface Checkpoint {
  /** What the rows come from and how they are scored; another one's spool is not gone on with. */
  readonly identity: string;
  readonly rows: number;
  readonly scored: number;
  readonly bytes: number;
}

/** Finished rows on their way to an output, which survive the death of the process up to the last checkpoint. */
export interface Spool {
  readonly file: string;
  /** Rows that are in it, and how many of them have a score. */
  readonly rows: number;
  readonly scored: number;
  write(text: string, rows: number, scored: number): void;
  /** Makes what was written so far last. */
  checkpoint(): void;
  /** Makes all of it last and closes it. */
  finish(): void;
  /** Closes it as it is. */
  close(): void;
  /** Takes away what is left of it, once its output stands. */
  discard(): void;
}

const bufferedCharacters = 1 << 18;
const spoolName = (prefix: string, generation: number): string => `${prefix}.spool-${generation}`;
const checkpointName = (spool: string): string => `${spool}.checkpoint`;

function readCheckpoint(spool: string, identity: string): Checkpoint | undefined {
  try {
    const found = JSON.parse(readFileSync(checkpointName(spool), 'utf8')) as Checkpoint;
    return found.identity === identity && existsSync(spool) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The spools of former generations that lie beside each other under a prefix. */
function formerSpools(prefix: string): string[] {
  const [folder, start] = [dirname(prefix), `${basename(prefix)}.spool-`];
  return readdirSync(folder)
    .filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
    .map((name) => join(folder, name));
}

function writeDurably(file: string, text: string): void {
  const temporary = temporaryFor(file);
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameDurably(temporary, file);
}

const unnamed = /^(\.(spool|lease)-\d+(\.checkpoint)?)?\.\d+-[0-9a-f]{8}\.part$/;

/** What a process that ended in the middle of a write has left: files that were never given their name. */
export function removeLitter(file: string): void {
  const [folder, name] = [dirname(file), basename(file)];
  for (const one of readdirSync(folder))
    if (one.startsWith(name) && unnamed.test(one.slice(name.length))) rmSync(join(folder, one), { force: true });
}

const removeSpool = (spool: string): void => {
  for (const file of [spool, checkpointName(spool)]) rmSync(file, { force: true });
};

/**
 * Opens the spool of a generation, going on where the furthest of the former ones was certain. Its contents are copied, because a process that only
 * seemed dead may still write into its own file. `head` begins a spool that begins anew.
 */
export function openSpool(
  prefix: string,
  { generation, identity, head }: { readonly generation: number; readonly identity: string; readonly head: string },
): Spool {
  const file = spoolName(prefix, generation);
  const former = formerSpools(prefix);
  const known = former
    .map((spool) => ({ spool, checkpoint: readCheckpoint(spool, identity) }))
    .filter(({ checkpoint }) => checkpoint !== undefined)
    .sort((a, b) => b.checkpoint!.rows - a.checkpoint!.rows)[0];
  if (known !== undefined && known.spool !== file) copyFileSync(known.spool, file, constants.COPYFILE_FICLONE);
  const descriptor = openSync(file, known === undefined ? 'w+' : 'r+', 0o600);
  const state = { rows: 0, scored: 0, bytes: 0 };
  if (known !== undefined && fstatSync(descriptor).size >= known.checkpoint!.bytes) Object.assign(state, known.checkpoint);
  ftruncateSync(descriptor, state.bytes);

  let buffered = '';
  let isOpen = true;
  const flush = (): void => {
    const bytes = Buffer.from(buffered);
    buffered = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, state.bytes + at);
    } catch (error) {
      throw new TillcastError('STORE_UNAVAILABLE', `${file} cannot be written: ${(error as Error).message}`, { cause: error });
    }
    state.bytes += bytes.length;
  };
  const checkpoint = (): void => {
    flush();
    fsyncSync(descriptor);
    const { rows, scored, bytes } = state;
    writeDurably(checkpointName(file), JSON.stringify({ identity, rows, scored, bytes } satisfies Checkpoint));
  };
  if (state.bytes === 0) buffered = head;
  checkpoint();
  for (const spool of former) if (spool !== file) removeSpool(spool);
  removeLitter(prefix);
  const close = (): void => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  return {
    file,
    get rows() {
      return state.rows;
    },
    get scored() {
      return state.scored;
    },
    write(text, rows, scored) {
      buffered += text;
      state.rows += rows;
      state.scored += scored;
      if (buffered.length >= bufferedCharacters) flush();
    },
    checkpoint,
    finish() {
      checkpoint();
      close();
    },
    close,
    discard() {
      close();
      removeSpool(file);
    },
  };
}
