import { randomBytes } from 'node:crypto';
import type { Suppression, Suppressions } from '@tillcast/core/ports/suppressions';
import { closedError, keyBytes, keyedDigest } from '../suppressions/digest.ts';
import { openEntrance } from './entrance.ts';
import { quoted } from './identifier.ts';
import type { Postgres, PostgresOptions } from './postgres.ts';

/** A list that can be carried to another place: with its key, without which its digests name nobody. */
export interface KeyedSuppressions extends Suppressions {
  /** Secret: it belongs into no log and no answer. */
  readonly key: Buffer;
}

/**
 * Opens the suppressions in PostgreSQL, for all processes together; its key is made by whoever comes first. An address is opened and closed with the
 * list; a database that is open already is shared, and closed by whoever opened it.
 */
export async function openPostgresSuppressions(
  where: string | Postgres,
  options: PostgresOptions = {},
): Promise<KeyedSuppressions> {
  const { postgres, check, close } = openEntrance(where, options, closedError);
  const name = quoted(postgres.schema);
  const { patient } = postgres;

  async function readKey(): Promise<Buffer> {
    await postgres.ready();
    await patient.run({
      sql: `insert into ${name}.digest_key (key) values ($1) on conflict do nothing`,
      parameters: [randomBytes(keyBytes)],
    });
    return (await patient.run<{ key: Buffer }>({ sql: `select key from ${name}.digest_key` })).rows[0]!.key;
  }
  const key = await readKey().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    durable: true,
    key,
    digestOf: (tenant, shopper) => keyedDigest(key, tenant, shopper),
    async add(given) {
      check();
      await patient.run({
        sql: `insert into ${name}.suppression select digest, max("erasedAtMs") from json_to_recordset($1) as g(digest text, "erasedAtMs" bigint)
          group by digest order by digest collate "C"
          on conflict (digest) do update set erased_at_ms = greatest(suppression.erased_at_ms, excluded.erased_at_ms)`,
        parameters: [JSON.stringify(given)],
      });
    },
    async all() {
      check();
      const { rows } = await patient.run<Suppression>({
        sql: `select digest, erased_at_ms as "erasedAtMs" from ${name}.suppression`,
      });
      return [...rows];
    },
    close,
  };
}
