// Appends events while the disk fails one call, and writes down in the file `acks` what happened. Run under disk-shim.c.
// argv: folder, fsync | write | read, the numbers of the calls to fail, `1,2,3`, each in a folder of its own, then `honest` or `careless`: the planted
// fault tries a commit that failed once more, and believes it.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { makeDirectoryDurably } from '@tillcast/stores/folder/durable';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { sentEvent } from '../power-cut/sent-event.ts';

const [root, call, numbers, manner] = process.argv.slice(2);
const sessions = 16;
const acks = openSync(join(root!, 'acks'), 'a');
const tell = (line: string): void => void writeSync(acks, `${line}\n`);

/** From now on the k-th call fails. */
function arm(k: string): void {
  try {
    openSync(join(root!, `fault:${call}:${k}`), 'r');
  } catch {
    // It is not a file: disk-shim.c has taken note.
  }
}

/** Tells of a refusal; what is none of ours is told as it is. */
function refused(error: unknown): void {
  tell(error instanceof TillcastError && error.code === 'STORE_UNAVAILABLE' ? 'refused' : `broken ${String(error)}`);
}

function openLog(file: string): EventLog | undefined {
  try {
    return sqliteEventLog(file, { windowMs: 0 });
  } catch (error) {
    refused(error);
    return undefined;
  }
}

async function session(file: string, first: number): Promise<void> {
  let log = openLog(file);
  if (log === undefined) return;
  for (let from = first; from < first + 12; from += 3) {
    const batch = [from, from + 1, from + 2].map(sentEvent);
    try {
      await log.append(batch);
      tell(`events ${from} ${from + 3}`);
    } catch (error) {
      refused(error);
      if (manner === 'honest') continue;
      await log.close();
      log = sqliteEventLog(file, { windowMs: 0 });
      await log.append(batch);
      tell(`events ${from} ${from + 3}`);
    }
  }
  await log.close();
}

for (const k of numbers!.split(',')) {
  const folder = join(root!, k);
  makeDirectoryDurably(folder);
  tell(`case ${k}`);
  arm(k);
  for (let n = 0; n < sessions; n++) {
    tell('session');
    await session(join(folder, 'tillcast.db'), n * 12);
  }
}
