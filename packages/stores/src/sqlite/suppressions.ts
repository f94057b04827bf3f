import { randomBytes } from 'node:crypto';
import type { Suppression, Suppressions } from '@tillcast/core/ports/suppressions';
import { closedError, keyBytes, keyedDigest } from '../suppressions/digest.ts';
import { guarded } from './guarded.ts';
import { openDatabase } from './open-database.ts';

/** The schema of the suppressions, one step a version; a step that was released never changes. */
export const suppressionMigrations: readonly string[] = [
  `create table digest_key (key blob not null) strict;
   create table suppression (digest text primary key, erased_at_ms integer not null) strict, without rowid;`,
];

/**
 * Keeps suppressions in an SQLite file of their own, so that they can be kept where backups are restored; every change is synced before it is answered.
 * `firstKey`: the key of a file that has none yet; default: one by chance.
 */
export function sqliteSuppressions(file: string, firstKey: Uint8Array = randomBytes(keyBytes)): Suppressions {
  const database = openDatabase(file, suppressionMigrations);
  const readKey = database.prepare('select key from digest_key').pluck();
  const makeKey = database.transaction(() => {
    if (readKey.get() === undefined) database.prepare('insert into digest_key values (?)').run(firstKey);
    return readKey.get() as Buffer;
  });
  const key = makeKey.immediate();
  const insert = database.prepare(
    `insert into suppression values (@digest, @erasedAtMs)
     on conflict (digest) do update set erased_at_ms = max(erased_at_ms, excluded.erased_at_ms)`,
  );
  const select = database.prepare('select digest, erased_at_ms as erasedAtMs from suppression');
  const insertAll = database.transaction((given: readonly Suppression[]) => {
    for (const suppression of given) insert.run(suppression);
  });
  const { run, close } = guarded(database, `the list of erased shoppers ${file} cannot be used`, closedError);

  return {
    durable: true,
    digestOf: (tenant, shopper) => keyedDigest(key, tenant, shopper),
    add: async (given) => run(() => insertAll.immediate(given)),
    all: async () => run(() => select.all() as Suppression[]),
    close,
  };
}
