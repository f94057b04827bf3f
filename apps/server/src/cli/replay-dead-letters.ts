import { existsSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { openDeadLetters, openEventLog, openSuppressions } from '../compose.ts';
import { type ReplaySummary, replayDeadLetters } from '../jobs/replay-dead-letters.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';

/** What `tillcast replay --dead-letters` is told. */
export interface LetterFlags {
  readonly data: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `tillcast replay --dead-letters [--dry-run]`: tries again what could not be processed. */
export async function runReplayDeadLetters({ data, dryRun = false, json = false }: LetterFlags): Promise<void> {
  if (!existsSync(data)) throw new TillcastError('OPTION_INVALID', `--data ${data}: there is no such data directory`);
  const dir = openDataDir(data);
  const log = openEventLog(dir);
  const letters = openDeadLetters(dir);
  const suppressions = await openSuppressions(dir);
  try {
    const { has: isErased } = await openErasedList(suppressions);
    const summary = await replayDeadLetters({ log, letters, nowMs: Date.now(), isErased, dryRun });
    tell(summary);
    if (json) printJson(summary);
  } finally {
    await letters.close();
    await suppressions.close();
    await log.close();
  }
}

function tell({ letters, replayed, duplicate, still_dead, reasons, dry_run }: ReplaySummary): void {
  const done = dry_run ? 'would be replayed (nothing changed)' : 'replayed';
  say(`${letters} dead letters: ${replayed} ${done}, ${duplicate} were in the log already, ${still_dead} stay dead`);
  for (const [reason, count] of Object.entries(reasons)) say(`  ${count}: ${reason}`);
  if (replayed > 0 && !dry_run) say('the features know them when the service starts the next time');
}
