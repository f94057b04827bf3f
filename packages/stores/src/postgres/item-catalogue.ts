import { createHash } from 'node:crypto';
import { factText, foldFacts } from '@tillcast/core/catalogue/facts';
import type { FactsAppended, ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import { closedError } from '../item-catalogue/closed.ts';
import { openEntrance } from './entrance.ts';
import { quoted } from './identifier.ts';
import type { Postgres, PostgresOptions } from './postgres.ts';

interface Row {
  readonly tenant: string;
  readonly itemId: string;
  readonly validFromMs: number;
  readonly receivedAtMs: number;
  readonly says: string;
}

const columns = 'tenant, item_id as "itemId", valid_from_ms as "validFromMs", received_at_ms as "receivedAtMs", says';
const toFact = ({ says, ...row }: Row): ItemFact => ({ ...row, says: JSON.parse(says) as ItemFact['says'] });

/** Names a fact among those of its tenant, item and moment. */
const digestOf = (says: string): string => createHash('sha256').update(says).digest('hex').slice(0, 32);

/** What makes two facts the same, as text. */
const identityOf = (tenant: string, itemId: string, validFromMs: number, digest: string): string =>
  `${tenant}\u0000${itemId}\u0000${validFromMs}\u0000${digest}`;

/** Facts of one statement: larger ones spill to the server's temporary files. */
const atATime = 2_048;

/**
 * Keeps a catalogue in PostgreSQL, for all processes together. An address is opened and closed with the catalogue; a database that is open already is
 * shared, and closed by whoever opened it.
 */
export function postgresItemCatalogue(where: string | Postgres, options: PostgresOptions = {}): ItemCatalogue {
  const { postgres, ready, close } = openEntrance(where, options, closedError);
  const table = `${quoted(postgres.schema)}.fact`;
  const { patient } = postgres;
  const ask = async <T extends object>(sql: string, parameters: readonly unknown[]): Promise<readonly T[]> => {
    await ready();
    return (await patient.run<T>({ sql, parameters })).rows;
  };

  /** Inserts facts of one statement; answers the positions of those that were new. In the order of keys, so that no two processes wait in a ring. */
  async function insert(facts: readonly ItemFact[]): Promise<readonly number[]> {
    const firsts = new Map<string, number>();
    const rows: object[] = [];
    for (const [index, fact] of facts.entries()) {
      const { tenant, itemId, validFromMs, receivedAtMs } = fact;
      const says = factText(fact);
      const digest = digestOf(says);
      const identity = identityOf(tenant, itemId, validFromMs, digest);
      if (firsts.has(identity)) continue;
      firsts.set(identity, index);
      rows.push({ tenant, item: itemId, valid: validFromMs, received: receivedAtMs, says, digest });
    }
    const fresh = await ask<{ tenant: string; item: string; valid: number; digest: string }>(
      `insert into ${table} (tenant, item_id, valid_from_ms, received_at_ms, says, digest)
       select tenant, item, valid, received, says, decode(digest, 'hex')
       from json_to_recordset($1) as g(tenant text, item text, valid bigint, received bigint, says text, digest text)
       order by tenant collate "C", item collate "C", valid, digest collate "C"
       on conflict do nothing returning tenant, item_id as item, valid_from_ms as valid, encode(digest, 'hex') as digest`,
      [JSON.stringify(rows)],
    );
    return fresh.map(({ tenant, item, valid, digest }) => firsts.get(identityOf(tenant, item, valid, digest))!);
  }

  async function append(given: readonly ItemFact[]): Promise<FactsAppended> {
    // Taken now, so that what the caller changes meanwhile changes nothing stored.
    const facts = given.map((fact) => ({ ...fact, says: { ...fact.says } }));
    await ready();
    const acceptedIndexes: number[] = [];
    for (let start = 0; start < facts.length; start += atATime)
      for (const index of await insert(facts.slice(start, start + atATime))) acceptedIndexes.push(start + index);
    acceptedIndexes.sort((a, b) => a - b);
    return { accepted: acceptedIndexes.length, duplicate: facts.length - acceptedIndexes.length, acceptedIndexes };
  }

  return {
    durable: true,
    append,
    async at(tenant, itemId, { asOfMs, knownByMs }) {
      const rows = await ask<Row>(
        `select ${columns} from ${table} where tenant = $1 and item_id = $2 and valid_from_ms <= $3 and received_at_ms <= $4
         order by valid_from_ms, received_at_ms, says`,
        [tenant, itemId, asOfMs, knownByMs],
      );
      return foldFacts(rows.map(toFact));
    },
    async *read({ tenant = 'default', batch = 8_192, receivedFromMs: receivedAtMs = Number.MIN_SAFE_INTEGER } = {}) {
      // The least of all places: no item has an empty id.
      let last: Row = { tenant, itemId: '', validFromMs: Number.MIN_SAFE_INTEGER, receivedAtMs, says: '' };
      for (;;) {
        const rows = await ask<Row>(
          `select ${columns} from ${table} where tenant = $1 and (received_at_ms, valid_from_ms, item_id, says) > ($2, $3, $4, $5)
           order by received_at_ms, valid_from_ms, item_id, says limit $6`,
          [tenant, last.receivedAtMs, last.validFromMs, last.itemId, last.says, batch],
        );
        if (rows.length === 0) return;
        yield rows.map(toFact);
        last = rows.at(-1)!;
      }
    },
    async count(tenant) {
      const sql = `select count(*)::int as facts from ${table} where $1::text is null or tenant = $1`;
      return (await ask<{ facts: number }>(sql, [tenant ?? null]))[0]!.facts;
    },
    close,
  };
}
