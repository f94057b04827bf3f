import { factText, foldFacts } from '@tillcast/core/catalogue/facts';
import type { FactsAppended, ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import { closedError } from '../item-catalogue/closed.ts';
import { guarded } from './guarded.ts';
import { openDatabase } from './open-database.ts';

/** The schema of the catalogue, one step a version; a step that was released never changes. */
export const catalogueMigrations: readonly string[] = [
  `create table fact (
     arrival integer primary key,
     tenant text not null,
     item_id text not null,
     valid_from_ms integer not null,
     received_at_ms integer not null,
     says text not null
   ) strict;
   create unique index fact_by_item on fact (tenant, item_id, valid_from_ms, says);
   create index fact_by_knowledge on fact (tenant, received_at_ms, valid_from_ms);`,
];

interface Row {
  readonly tenant: string;
  readonly itemId: string;
  readonly validFromMs: number;
  readonly receivedAtMs: number;
  readonly says: string;
}

const columns = 'tenant, item_id as itemId, valid_from_ms as validFromMs, received_at_ms as receivedAtMs, says';
const toFact = ({ says, ...row }: Row): ItemFact => ({ ...row, says: JSON.parse(says) as ItemFact['says'] });

/** Keeps a catalogue in an SQLite file of its own; every append is synced before it is answered. */
export function sqliteItemCatalogue(file: string): ItemCatalogue {
  const database = openDatabase(file, catalogueMigrations);
  const insert = database.prepare(
    'insert into fact (tenant, item_id, valid_from_ms, received_at_ms, says) values (?, ?, ?, ?, ?) on conflict do nothing',
  );
  const holding = database.prepare(
    `select ${columns} from fact where tenant = ? and item_id = ? and valid_from_ms <= ? and received_at_ms <= ?
     order by valid_from_ms, received_at_ms, says`,
  );
  const page = database.prepare(
    `select ${columns} from fact where tenant = @tenant
     and (received_at_ms, valid_from_ms, item_id, says) > (@receivedAtMs, @validFromMs, @itemId, @says)
     order by received_at_ms, valid_from_ms, item_id, says limit @batch`,
  );
  const count = database.prepare('select count(*) from fact where @tenant is null or tenant = @tenant').pluck();
  const { run, close } = guarded(database, `the catalogue ${file} cannot be used`, closedError);

  const append = database.transaction((facts: readonly ItemFact[]): FactsAppended => {
    const acceptedIndexes: number[] = [];
    for (const [index, fact] of facts.entries()) {
      const { tenant, itemId, validFromMs, receivedAtMs } = fact;
      if (insert.run(tenant, itemId, validFromMs, receivedAtMs, factText(fact)).changes === 1) acceptedIndexes.push(index);
    }
    return { accepted: acceptedIndexes.length, duplicate: facts.length - acceptedIndexes.length, acceptedIndexes };
  });

  return {
    durable: true,
    append: async (facts) => run(() => append.immediate(facts)),
    async at(tenant, itemId, { asOfMs, knownByMs }) {
      return foldFacts(run(() => holding.all(tenant, itemId, asOfMs, knownByMs) as Row[]).map(toFact));
    },
    async *read({ tenant = 'default', batch = 8_192, receivedFromMs: receivedAtMs = Number.MIN_SAFE_INTEGER } = {}) {
      // The least of all places: no item has an empty id.
      let last: Row = { tenant, itemId: '', validFromMs: Number.MIN_SAFE_INTEGER, receivedAtMs, says: '' };
      for (;;) {
        const rows = run(() => page.all({ ...last, tenant, batch }) as Row[]);
        if (rows.length === 0) return;
        yield rows.map(toFact);
        last = rows.at(-1)!;
      }
    },
    count: async (tenant) => run(() => count.get({ tenant: tenant ?? null }) as number),
    close,
  };
}
