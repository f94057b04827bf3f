import { join } from 'node:path';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { predictionMigrations } from '@tillcast/stores/sqlite/prediction-schema';
import type { Acked } from './acks.ts';
import { goneShopper, isGone, sentLetter } from './sent-lines.ts';

/** A power cut may take the latest lines of the prediction log, never one from among them, and it brings nobody back who was erased. */
function predictionProblems(file: string, { erased }: Acked): string[] {
  const database = openDatabase(file, predictionMigrations, 'NORMAL');
  try {
    const rows = database.prepare('select prediction_id as id, shopper from prediction').all() as {
      id: string;
      shopper: string;
    }[];
    const integrity = database.pragma('integrity_check', { simple: true });
    const problems = integrity === 'ok' ? [] : [`predictions: ${integrity}`];
    const numbers = new Set(rows.map(({ id }) => Number(id.slice(1))));
    const last = Math.max(-1, ...numbers);
    for (let n = 0; n < last; n++) if (!isGone(n) && !numbers.has(n)) problems.push(`prediction ${n} of ${last} is missing`);
    if (erased && rows.some(({ shopper }) => shopper === goneShopper)) problems.push('an erased shopper is back');
    return problems;
  } finally {
    database.close();
  }
}

async function letterProblems(file: string, { letters: acked }: Acked): Promise<string[]> {
  const letters = sqliteDeadLetters(file);
  const kept = new Set<string>();
  for await (const batch of letters.read()) for (const { letterId } of batch) kept.add(letterId);
  await letters.close();
  const lost = Array.from({ length: acked }, (_, n) => sentLetter(n)).filter(({ letterId }) => !kept.has(letterId)).length;
  return lost > 0 ? [`${lost} acked dead letters lost`] : [];
}

/** Opens the prediction log and the dead letters in a folder; what is wrong with them, in words. */
export const lineProblems = async (folder: string, acked: Acked): Promise<string[]> => [
  ...predictionProblems(join(folder, 'predictions.db'), acked),
  ...(await letterProblems(join(folder, 'dead-letters.db'), acked)),
];
