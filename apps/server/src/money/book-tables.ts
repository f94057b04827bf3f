import { setImmediate } from 'node:timers/promises';
import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { openUnitTable, unitColumns } from '@tillcast/core/experiments/unit-table';
import { beforeMs, type UnitSources } from '../experiments/read-units.ts';
import type { Book } from './books.ts';

/** A person of a book: every variant they met, and what they brought since they first met one. */
export interface BookPerson {
  readonly exposedAtMs: number;
  /** `EXPERIMENT/VARIANT`, or the unit table's name for those held out. */
  readonly met: ReadonlySet<string>;
  /** In the shop's currency; NaN = nobody said. */
  readonly margin: number;
  readonly revenue: number;
}

/** How a variant is named where several experiments meet in one table. */
export const metName = (experimentId: string, variant: string): string => `${experimentId}/${variant}`;

const tenant = 'default';
const marginAt = unitColumns.indexOf('margin');
const revenueAt = unitColumns.indexOf('revenue');

/** How long after their first exposure the outcomes of a book's people count. */
export const windowMsOf = ({ experiments }: Pick<Book, 'experiments'>): number =>
  Math.max(...experiments.map(({ maturityMs }) => maturityMs));

/** Which books can share a table: those of the same experiments. */
const tableKeyOf = ({ experiments }: Book): string => experiments.map(({ id }) => id).join('\n');

/** The people of each book as they were known at a moment. Exposures are read once an experiment, events twice for all books. */
export async function readBookTables(
  books: readonly Book[],
  { exposures, events, marginOf }: UnitSources,
  asOfMs: number,
): Promise<(book: Book) => readonly BookPerson[]> {
  const tables = new Map(books.map((book) => [tableKeyOf(book), openBookTable(book, marginOf)]));
  let [firstMs, untilMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { experiments, table, windowMs } of tables.values())
    for (const { id: experimentId } of experiments)
      for await (const page of exposures.read({ tenant, experimentId, untilMs: asOfMs + 1 })) {
        for (const { variant, ...rest } of page)
          table.expose(variant === undefined ? rest : { ...rest, variant: metName(experimentId, variant) });
        firstMs = Math.min(firstMs, page[0]!.exposedAtMs);
        untilMs = Math.max(untilMs, page.at(-1)!.exposedAtMs + windowMs);
        await setImmediate();
      }
  const each = async (fromMs: number, endMs: number, take: (event: ShopEvent) => void): Promise<void> => {
    if (!(fromMs < endMs)) return;
    for await (const batch of events.read({ tenant, fromMs, untilMs: endMs })) {
      for (const event of batch) if (knowableAtMs(event) <= asOfMs) take(event);
      await setImmediate();
    }
  };
  await each(firstMs - beforeMs, asOfMs + 1, (event) => tables.forEach(({ table }) => void table.login(event)));
  await each(firstMs, Math.min(asOfMs + 1, untilMs), (event) => tables.forEach(({ table }) => void table.take(event)));
  const people = new Map([...tables].map(([key, { table }]) => [key, peopleOf(table)]));
  return (book) => people.get(tableKeyOf(book))!;
}

function openBookTable(book: Book, marginOf: UnitSources['marginOf']) {
  const windowMs = windowMsOf(book);
  const isBySession = book.experiments[0]!.experiment.unit === 'session';
  return {
    ...{ experiments: book.experiments, windowMs },
    table: openUnitTable({ isBySession, maturityMs: windowMs, beforeMs: 0, marginOf }),
  };
}

/** The table has a row for each variant a person met; here a person is one. */
function peopleOf(table: ReturnType<typeof openUnitTable>): readonly BookPerson[] {
  const people = new Map<string, BookPerson & { readonly met: Set<string> }>();
  for (const { unit, variant, exposedAtMs, values } of table.rows()) {
    const known = people.get(unit);
    if (known !== undefined) known.met.add(variant);
    else people.set(unit, { exposedAtMs, met: new Set([variant]), margin: values[marginAt]!, revenue: values[revenueAt]! });
  }
  return [...people.values()];
}
