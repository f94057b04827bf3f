import {
  type DeadLetter,
  type DeadLetters,
  type LetterBounds,
  maxBodyLength,
  mentions,
  type PutLetters,
} from '@tillcast/core/ports/dead-letters';
import { closedError, defaultBounds } from '../dead-letters/bounds.ts';
import { guarded } from './guarded.ts';
import { openDatabase } from './open-database.ts';

/** The schema of the dead letters, one step a version; a step that was released never changes. */
export const deadLetterMigrations: readonly string[] = [
  `create table letter (
     arrival integer primary key autoincrement,
     tenant text not null,
     letter_id text not null,
     source text not null,
     reason text not null,
     problem text not null,
     body text not null,
     received_at_ms integer not null
   ) strict;
   create unique index letter_by_id on letter (tenant, letter_id);
   create index letter_by_age on letter (received_at_ms, arrival);`,
];

type Row = DeadLetter & { readonly arrival: number };

/** How many letters there are, and how long their bodies are together. */
interface Held {
  readonly letters: number;
  readonly characters: number;
}

/** Keeps dead letters in an SQLite file of their own, so that they never hold up the commits of events; every change is synced before it is answered. */
export function sqliteDeadLetters(file: string, bounds: LetterBounds = {}): DeadLetters {
  const { maxLetters, maxCharacters } = { ...defaultBounds, ...bounds };
  const database = openDatabase(file, deadLetterMigrations);
  database.pragma('secure_delete = on');
  const insert = database.prepare(
    `insert into letter (tenant, letter_id, source, reason, problem, body, received_at_ms)
     values (@tenant, @letterId, @source, @reason, @problem, @body, @receivedAtMs) on conflict do nothing`,
  );
  const held = database.prepare('select count(*) as letters, coalesce(sum(length(body)), 0) as characters from letter');
  const oldest = database.prepare('select arrival, length(body) as characters from letter order by received_at_ms, arrival');
  const remove = database.prepare('delete from letter where arrival = ?');
  const resolve = database.prepare('delete from letter where tenant = ? and letter_id = ?');
  const page = database.prepare(
    `select arrival, tenant, letter_id as letterId, source, reason, problem, body, received_at_ms as receivedAtMs from letter
     where (received_at_ms, arrival) > (@receivedAtMs, @arrival) and (@tenant is null or tenant = @tenant)
     order by received_at_ms, arrival limit @batch`,
  );
  const count = database.prepare('select count(*) from letter where @tenant is null or tenant = @tenant').pluck();
  const { run, close } = guarded(database, `the dead letters ${file} cannot be used`, closedError);

  // Counted along, because counting anew reads every body; another process may have taken letters off, so it is counted anew before any leaves.
  let known = held.get() as Held;
  const isFull = ({ letters, characters }: Held): boolean => letters > maxLetters || characters > maxCharacters;

  function makeRoom(): number {
    if (isFull(known)) known = held.get() as Held;
    const leaving: number[] = [];
    if (isFull(known)) {
      for (const row of oldest.iterate() as IterableIterator<{ arrival: number; characters: number }>) {
        if (!isFull(known)) break;
        leaving.push(row.arrival);
        known = { letters: known.letters - 1, characters: known.characters - row.characters };
      }
    }
    for (const arrival of leaving) remove.run(arrival);
    return leaving.length;
  }

  const put = database.transaction((letters: readonly DeadLetter[]): PutLetters => {
    let kept = 0;
    for (const letter of letters) {
      const body = letter.body.slice(0, maxBodyLength);
      if (insert.run({ ...letter, body }).changes === 0) continue;
      kept++;
      known = { letters: known.letters + 1, characters: known.characters + body.length };
    }
    return { kept, known: letters.length - kept, dropped: makeRoom() };
  });
  const removeAll = database.transaction((rows: readonly number[]) => {
    let removed = 0;
    for (const arrival of rows) removed += remove.run(arrival).changes;
    known = held.get() as Held;
    return removed;
  });
  const resolveAll = database.transaction((tenant: string, ids: readonly string[]) => {
    let resolved = 0;
    for (const id of ids) resolved += resolve.run(tenant, id).changes;
    known = held.get() as Held;
    return resolved;
  });

  async function* pages(tenant: string | undefined, batch: number): AsyncGenerator<Row[]> {
    let last = { receivedAtMs: Number.MIN_SAFE_INTEGER, arrival: 0 };
    for (;;) {
      const rows = run(() => page.all({ ...last, tenant: tenant ?? null, batch }) as Row[]);
      if (rows.length === 0) return;
      yield rows;
      last = rows.at(-1)!;
    }
  }

  return {
    durable: true,
    put: async (letters) => run(() => put.immediate(letters)),
    async *read({ tenant, batch = 1_000 } = {}) {
      run(() => undefined);
      for await (const rows of pages(tenant, batch)) yield rows.map(({ arrival: _, ...letter }) => letter);
    },
    resolve: async (tenant, letterIds) => run(() => resolveAll.immediate(tenant, letterIds)),
    count: async (tenant) => run(() => count.get({ tenant: tenant ?? null }) as number),
    async erase(tenant, ids) {
      let erased = 0;
      for await (const rows of pages(tenant, 200)) {
        const theirs = rows.filter(({ body }) => mentions(body, ids)).map(({ arrival }) => arrival);
        if (theirs.length > 0) erased += run(() => removeAll.immediate(theirs));
      }
      if (erased > 0) run(() => database.pragma('wal_checkpoint(TRUNCATE)'));
      return erased;
    },
    close,
  };
}
