import { migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres, type Postgres } from '@tillcast/stores/postgres/postgres';

/** Schemas made beforehand and emptied after use: a law opens hundreds of fresh stores, and a schema takes longer to make than to use. */
export async function openSpareSchemas(
  url: string,
  count: number,
  tables: readonly string[],
  reset: (schema: string) => string = () => '',
) {
  const names = Array.from({ length: count }, (_, i) => `law_${i}`);
  await Promise.all(names.map((schema) => migrate(url, { schema })));
  // A budget for a machine that does other things as well; the budgets have tests of their own.
  const spare = names.map((schema) => openPostgres(url, { schema, budgetMs: 20_000 }));
  const all = [...spare];

  return {
    /** Opens a store on a schema of its own, given back when it is closed. */
    lend<Store extends { close(): Promise<void> }>(open: (postgres: Postgres) => Store): Store {
      const postgres = spare.pop();
      if (postgres === undefined) throw new Error('more stores are open at once than there are spare schemas');
      const store = open(postgres);
      let given = true;
      return {
        ...store,
        async close() {
          await store.close();
          if (!given) return;
          given = false;
          const emptying = tables.map((table) => `delete from ${postgres.schema}.${table}`);
          const sql = [...emptying, reset(postgres.schema)].join('; ');
          await postgres.prompt.run({ sql });
          spare.push(postgres);
        },
      };
    },
    close: () => Promise.all(all.map((postgres) => postgres.close())),
  };
}
