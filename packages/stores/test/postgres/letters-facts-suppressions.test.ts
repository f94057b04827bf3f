import type { DeadLetter } from '@tillcast/core/ports/dead-letters';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import { postgresDeadLetters } from '@tillcast/stores/postgres/dead-letters';
import { postgresItemCatalogue } from '@tillcast/stores/postgres/item-catalogue';
import { migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres, type Postgres } from '@tillcast/stores/postgres/postgres';
import { openPostgresSuppressions } from '@tillcast/stores/postgres/suppressions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deadLetterContract, readLetters } from '../../../core/test/contract/dead-letters.ts';
import { itemCatalogueContract } from '../../../core/test/contract/item-catalogue.ts';
import { suppressionContract } from '../../../core/test/contract/suppressions.ts';
import { freshDatabase, postgresMissing } from './shared-postgres.ts';
import { openSpareSchemas } from './spare-schemas.ts';

const tables = ['dead_letter', 'fact', 'digest_key', 'suppression'];
const nothingHeld = (schema: string): string => `update ${schema}.dead_letter_held set letters = 0, characters = 0`;
const letter = (letterId: string, over: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{ tenant: 'default', letterId, source: 'stream', reason: 'X', problem: 'x', body: '{}', receivedAtMs: 1 },
  ...over,
});

describe.skipIf(postgresMissing !== undefined)('in PostgreSQL', () => {
  let url: string;
  let schemas: Awaited<ReturnType<typeof openSpareSchemas>>;

  beforeAll(async () => {
    url = await freshDatabase('letters');
    schemas = await openSpareSchemas(url, 4, tables, nothingHeld);
  });
  afterAll(() => schemas?.close());

  /** Runs work with two databases on one schema, as two processes have them. */
  async function withTwo(schema: string, work: (one: Postgres, two: Postgres) => Promise<void>): Promise<void> {
    await migrate(url, { schema });
    const two = [1, 2].map(() => openPostgres(url, { schema, budgetMs: 20_000 }));
    await work(two[0]!, two[1]!).finally(() => Promise.all(two.map((postgres) => postgres.close())));
  }

  describe('dead letters', () => {
    deadLetterContract((bounds) => schemas.lend((postgres) => postgresDeadLetters(postgres, bounds)));

    it('keep what no text of PostgreSQL may hold', async () => {
      const letters = schemas.lend((postgres) => postgresDeadLetters(postgres));
      const odd = letter('odd', { body: 'a\u0000b\u{1f600}', problem: 'c\u0000' });
      await letters.put([odd]);
      expect(await readLetters(letters)).toEqual([odd]);
      await letters.close();
    });

    it('stay within their bounds, and count right, whatever processes do at once', () =>
      withTwo('letters_twins', async (one, two) => {
        const bounds = { maxLetters: 50, maxCharacters: 10_000 };
        const both = [postgresDeadLetters(one, bounds), postgresDeadLetters(two, bounds)];
        const put = (n: number) =>
          both[n % 2]!.put(
            Array.from({ length: 20 }, (_, i) => letter(`${n % 6}-${i}`, { receivedAtMs: n, body: 'x'.repeat(n) })),
          );
        const outcomes = await Promise.all(Array.from({ length: 12 }, (_, n) => put(n)));
        const kept = outcomes.reduce((sum, outcome) => sum + outcome.kept, 0);
        const dropped = outcomes.reduce((sum, outcome) => sum + outcome.dropped, 0);
        expect(await both[0]!.count()).toBe(50);
        expect(kept - dropped).toBe(50);
        await Promise.all([both[0]!.resolve('default', ['0-1', '1-1', '2-1']), both[1]!.erase('default', ['nobody'])]);
        const { rows } = await one.patient.run<{ held: boolean }>({
          sql: `select h.letters = count(*) and h.characters = coalesce(sum(d.characters), 0) as held
            from letters_twins.dead_letter_held h left join letters_twins.dead_letter d on true group by h.letters, h.characters`,
        });
        expect(rows).toEqual([{ held: true }]);
      }));
  });

  describe('the item catalogue', () => {
    itemCatalogueContract(() => schemas.lend(postgresItemCatalogue));

    it('takes facts longer than an entry of an index, and tells them apart by their ends', async () => {
      const catalogue = schemas.lend(postgresItemCatalogue);
      const long = (end: string) => ({
        ...{ tenant: 'default', itemId: 'i', validFromMs: 1, receivedAtMs: 1 },
        says: {
          title: Array.from({ length: 4_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7_919) % 20_000))).join('') + end,
        },
      });
      expect(await catalogue.append([long('a'), long('b'), long('a')])).toMatchObject({ accepted: 2, acceptedIndexes: [0, 1] });
      expect(await catalogue.append([long('b')])).toMatchObject({ duplicate: 1 });
      await catalogue.close();
    });

    it('lets two processes tell the same at once: each fact counts once, and none waits for the other in a ring', () =>
      withTwo('facts_twins', async (one, two) => {
        const both = [postgresItemCatalogue(one), postgresItemCatalogue(two)];
        const facts = Array.from({ length: 300 }, (_, i) => ({
          ...{ tenant: 'default', itemId: `i${i}`, validFromMs: 1, receivedAtMs: 1, says: { price: i } },
        }));
        const told = await Promise.all([both[0]!.append(facts), both[1]!.append(facts.toReversed()), both[1]!.append(facts)]);
        expect(told.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(300);
      }));
  });

  describe('suppressions', () => {
    /** A list on a schema of its own, given back when it is closed. */
    async function open(): Promise<Suppressions> {
      const lent = schemas.lend((postgres) => ({ postgres, close: async () => {} }));
      const list = await openPostgresSuppressions(lent.postgres);
      return { ...list, close: () => list.close().then(lent.close) };
    }
    suppressionContract(open);

    it('have one key for all processes, whoever comes first', () =>
      withTwo('suppressed_twins', async (one, two) => {
        const lists = await Promise.all([one, two, one, two].map((postgres) => openPostgresSuppressions(postgres)));
        expect(new Set(lists.map((list) => list.digestOf('default', 'u:ana'))).size).toBe(1);
        await lists[0]!.add([{ digest: 'd', erasedAtMs: 7 }]);
        expect(await lists[1]!.all()).toEqual([{ digest: 'd', erasedAtMs: 7 }]);
        await Promise.all(lists.map((list) => list.close()));
      }));
  });
});
