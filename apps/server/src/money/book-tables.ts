import { setImmediate } from 'node:timers/promises';
import { knowableAtMs } from '@tillcast/core/events/event';
import { openUnitTable, unitColumns } from '@tillcast/core/experiments/unit-table';
import type { Exposure } from '@tillcast/core/ports/exposure-log';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { MarginOf } from '../experiments/margin-of.ts';
import { beforeMs, type UnitSources } from '../experiments/read-units.ts';
import { readDecisions } from './book-decisions.ts';
import type { Book } from './books.ts';

/** A person of a book: every variant and decided treatment they met, and what they brought since they first met one. */
export interface BookPerson {
  readonly exposedAtMs: number;
  /** `EXPERIMENT/VARIANT`, a treatment by `decidedName`, or the unit table's name for those held out; with the moment it was met first. */
  readonly met: ReadonlyMap<string, number>;
  /** In the shop's currency; NaN = nobody said. */
  readonly margin: number;
  readonly revenue: number;
}

/** What the tables of books are read from. */
export interface BookSources extends UnitSources {
  /** Where decisions are; those of policies count in the books of holdouts. */
  readonly predictions: Pick<PredictionLog, 'read'>;
}

/** How a variant is named where several experiments meet in one table. */
export const metName = (experimentId: string, variant: string): string => `${experimentId}/${variant}`;

const tenant = 'default';
const marginAt = unitColumns.indexOf('margin');
const revenueAt = unitColumns.indexOf('revenue');

/** How long after their first exposure the outcomes of a book's people count. */
export const windowMsOf = ({ experiments }: Pick<Book, 'experiments'>): number =>
  Math.max(...experiments.map(({ maturityMs }) => maturityMs));

/** Which books can share a table: those of the same experiments and the same people. */
const tableKeyOf = ({ against, experiments }: Book): string => [against, ...experiments.map(({ id }) => id)].join('\n');

/** The people of each book as they were known at a moment. Exposures are read once an experiment, decisions and events once for all books. */
export async function readBookTables(
  books: readonly Book[],
  { exposures, events, predictions, marginAsOf }: BookSources,
  asOfMs: number,
): Promise<(book: Book) => readonly BookPerson[]> {
  const tables = new Map(books.map((book) => [tableKeyOf(book), openBookTable(book, marginAsOf(asOfMs))]));
  let firstMs = Number.POSITIVE_INFINITY;
  const expose = ({ table }: BookTable, exposure: Exposure): void => {
    table.expose(exposure);
    firstMs = Math.min(firstMs, exposure.exposedAtMs);
  };
  for (const one of tables.values())
    for (const { id: experimentId } of one.experiments)
      for await (const page of exposures.read({ tenant, experimentId, untilMs: asOfMs + 1 })) {
        for (const { variant, ...rest } of page)
          expose(one, variant === undefined ? rest : { ...rest, variant: metName(experimentId, variant) });
        await setImmediate();
      }
  await readDecisions(books, predictions, asOfMs, (book, met) => {
    for (const exposure of met) expose(tables.get(tableKeyOf(book))!, exposure);
  });
  if (Number.isFinite(firstMs))
    // To the end, though outcomes count to the windows' ends only: a later login still says whose device it was.
    for await (const batch of events.read({ tenant, fromMs: firstMs - beforeMs, untilMs: asOfMs + 1 })) {
      for (const event of batch) if (knowableAtMs(event) <= asOfMs) for (const { table } of tables.values()) table.take(event);
      await setImmediate();
    }
  const people = new Map([...tables].map(([key, { table }]) => [key, peopleOf(table)]));
  return (book) => people.get(tableKeyOf(book))!;
}

function openBookTable(book: Book, marginOf: MarginOf) {
  const isBySession = book.experiments[0]!.experiment.unit === 'session';
  const table = openUnitTable({ isBySession, maturityMs: windowMsOf(book), beforeMs: 0, marginOf });
  return { experiments: book.experiments, table };
}
type BookTable = ReturnType<typeof openBookTable>;

/** The table has a row for each variant a person met; here a person is one. */
function peopleOf(table: BookTable['table']): readonly BookPerson[] {
  const people = new Map<string, BookPerson & { readonly met: Map<string, number> }>();
  for (const { unit, variant, exposedAtMs, metAtMs, values } of table.rows()) {
    const known = people.get(unit);
    if (known !== undefined) known.met.set(variant, metAtMs);
    else
      people.set(unit, {
        ...{ exposedAtMs, met: new Map([[variant, metAtMs]]) },
        ...{ margin: values[marginAt]!, revenue: values[revenueAt]! },
      });
  }
  return [...people.values()];
}
