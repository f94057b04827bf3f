import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type AliasMove, aliases } from '@tillcast/core/ports/model-registry';
import { makeDirectoryDurably, syncDirectory, writeDurably } from './durable.ts';

// What a crash left unfinished was never acknowledged: the next writer closes it with this mark, and readers pass over it.
const TORN = '#torn';
// A power cut may keep the end of a line and lose a sector before it, which then reads as zeros; JSON never holds a bare zero.
const isTorn = (line: string): boolean => line.endsWith(TORN) || line.includes('\0');

function parseMove(line: string, path: string, index: number): AliasMove {
  try {
    const move = JSON.parse(line) as AliasMove;
    const sound =
      aliases.includes(move.alias) &&
      Number.isSafeInteger(move.atMs) &&
      (move.version === null || typeof move.version === 'string');
    if (sound) return move;
  } catch {
    // Said below, as for a line that is JSON and no move.
  }
  throw new TillcastError(
    'STORE_UNAVAILABLE',
    `${path}, line ${index + 1} is damaged: ${JSON.stringify(line.slice(0, 80))}; restore the file from a backup`,
  );
}

/** The append-only file of alias moves of one model. */
export interface AliasHistory {
  /** Every acknowledged move, oldest first. */
  read(): readonly AliasMove[];
  /** Durable once it returns. */
  append(move: AliasMove): void;
}

/** Opens the history kept in a file of one JSON object a line; an absent file is an empty history. */
export function openAliasHistory(path: string): AliasHistory {
  const text = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    read: () =>
      text()
        .split('\n')
        .slice(0, -1)
        .map((line, index) => ({ line, index }))
        .filter(({ line }) => !isTorn(line))
        .map(({ line, index }) => parseMove(line, path, index)),
    append(move) {
      makeDirectoryDurably(dirname(path));
      const before = text();
      const close = before === '' || before.endsWith('\n') ? '' : `${TORN}\n`;
      writeDurably(path, Buffer.from(`${close}${JSON.stringify(move)}\n`), 'a');
      if (before === '') syncDirectory(dirname(path));
    },
  };
}
