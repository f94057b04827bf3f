import { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts';

interface Lent {
  readonly postgres: Postgres;
  borrowers: number;
}

/**
 * Lends one database to all stores of a process that are seldom asked, so that they share its few connections. It is opened for the first that borrows it,
 * and closed when the last has given it back. A borrower that is an open store gives it back when it is closed.
 */
export function openLender(options: PostgresOptions) {
  const open = new Map<string, Lent>();

  function take(url: string): { readonly postgres: Postgres; giveBack(): Promise<void> } {
    const lent = open.get(url) ?? { postgres: openPostgres(url, options), borrowers: 0 };
    open.set(url, lent);
    lent.borrowers += 1;
    let isBorrowed = true;
    return {
      postgres: lent.postgres,
      async giveBack() {
        if (!isBorrowed) return;
        isBorrowed = false;
        lent.borrowers -= 1;
        if (lent.borrowers > 0) return;
        open.delete(url);
        await lent.postgres.close();
      },
    };
  }

  const returned = <Store extends { close(): Promise<void> }>(store: Store, giveBack: () => Promise<void>): Store => ({
    ...store,
    close: () => store.close().then(giveBack),
  });

  return {
    lend<Store extends { close(): Promise<void> }>(url: string, openStore: (postgres: Postgres) => Store): Store {
      const { postgres, giveBack } = take(url);
      return returned(openStore(postgres), giveBack);
    },
    /** The same for a store that is open only after it has asked the database something. */
    async lendSlowly<Store extends { close(): Promise<void> }>(
      url: string,
      openStore: (postgres: Postgres) => Promise<Store>,
    ): Promise<Store> {
      const { postgres, giveBack } = take(url);
      try {
        return returned(await openStore(postgres), giveBack);
      } catch (error) {
        await giveBack();
        throw error;
      }
    },
  };
}
