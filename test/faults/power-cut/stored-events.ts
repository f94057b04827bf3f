import { join } from 'node:path';
import { toRow } from '@tillcast/stores/event-log/event-row';
import { eventMigrations } from '@tillcast/stores/sqlite/event-schema';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import type { Acked } from './acks.ts';
import { sentEvent } from './sent-event.ts';

const bodies = new Map<string, string>();

function bodyOf(id: string): string {
  const known = bodies.get(id) ?? toRow(sentEvent(Number(id.slice(1)))).body;
  bodies.set(id, known);
  return known;
}

/** Opens the event log in a folder as a restart does; what is wrong with it, in words: damage, acked events lost, events doubled or changed. */
export function eventProblems(folder: string, { events }: Pick<Acked, 'events'>): string[] {
  const database = openDatabase(join(folder, 'tillcast.db'), eventMigrations);
  try {
    const problems: string[] = [];
    const integrity = database.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') problems.push(`integrity: ${integrity}`);
    const rows = database.prepare('select event_id as id, body from event').all() as { id: string; body: string }[];
    const ids = new Set(rows.map(({ id }) => id));
    if (ids.size !== rows.length) problems.push(`${rows.length - ids.size} events doubled`);
    const spoilt = rows.filter(({ id, body }) => body !== bodyOf(id)).length;
    if (spoilt > 0) problems.push(`${spoilt} events changed`);
    let lost = 0;
    for (const { from, until } of events) for (let n = from; n < until; n++) if (!ids.has(`e${n}`)) lost++;
    if (lost > 0) problems.push(`${lost} acked events lost`);
    return problems;
  } finally {
    database.close();
  }
}
