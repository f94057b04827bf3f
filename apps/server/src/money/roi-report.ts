import { createHash } from 'node:crypto';
import type { RoiAnswer, RoiLine } from '@tillcast/api/reports';
import type { LedgerLine } from '@tillcast/core/decisions/money/ledger-line';
import { type ServingCost, totalOf } from '@tillcast/core/decisions/money/ledger-total';
import { whyNotRandom } from '@tillcast/core/decisions/money/split-guard';
import type { Variant } from '@tillcast/core/experiments/experiment';
import { defaultAssurance } from '@tillcast/core/experiments/statistics/power';
import type { ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import { onWire } from '../serving/answer.ts';
import type { BookLine, LinePlan } from './book-here.ts';
import { type BookSources, readBookTables } from './book-tables.ts';
import { costsMissing, treatmentsDecided, unitsOfBook } from './book-units.ts';
import { type Book, booksOf, type RunExperiment, runOf } from './books.ts';
import { daysFromTo, openDayOf } from './calendar-days.ts';
import { assumptionsOf } from './costs.ts';
import { roiCsv, rowsOfRoi } from './roi-csv.ts';
import { lineOnWire, totalOnWire } from './roi-on-wire.ts';

/** Where the ledger is booked from. */
export interface RoiSources extends BookSources {
  readonly experiments: Pick<ExperimentStore, 'list' | 'history'>;
  readonly book: BookLine;
}

/** What the ledger is booked by. */
export interface RoiSettings {
  readonly shop: ShopSettings;
  readonly asOfMs: number;
}

const tenant = 'default';
const alpha = 0.05;
/** Smallest change of the margin a unit worth knowing, as in the analysis of experiments. */
const smallestEffect = 0.05;

/** A line with its book. */
interface Booked {
  readonly book: Book;
  readonly line: LedgerLine;
  readonly crossed: number;
  /** Treatments that decisions gave. */
  readonly decided: ReadonlySet<string>;
}

/**
 * The ledger as of a moment: what treating shoppers earned beyond what they would have brought anyway, by comparison with those whom lots kept out, less
 * what it cost. Reads nothing that was not known by then, so that the same moment gives the same ledger for as long as the logs keep it.
 */
export async function roiReport(sources: RoiSources, settings: RoiSettings): Promise<RoiAnswer> {
  const { shop, asOfMs } = settings;
  const runs = await runsOf(sources.experiments, asOfMs);
  const { books, notes } = booksOf(runs);
  const peopleOf = await readBookTables(books, sources, asOfMs);
  const timeZone = shop.timeZone ?? 'UTC';
  const dayOf = openDayOf(timeZone);
  const line: LinePlan = { asOfMs, timeZone, alpha, smallestEffect, assurance: defaultAssurance };
  const booked: Booked[] = [];
  for (const book of books) {
    const people = peopleOf(book);
    const { units, crossed, counts } = unitsOfBook(book, people, shop);
    const missing = costsMissing(book, people, shop);
    const why = missing.length > 0 ? sayMissing(missing) : whyNotRandom(counts, crossed);
    const plan = book.against === 'control' && book.variants.length + 1 === variantsOf(book) ? registeredUnits(book) : {};
    const done = why === undefined ? await sources.book(units, { ...line, ...plan }) : hopeless(why);
    booked.push({ book, crossed, line: done, decided: treatmentsDecided(people) });
  }
  return answerOf(runs, booked, notes, { ...settings, dayOf });
}

async function runsOf(store: RoiSources['experiments'], asOfMs: number): Promise<readonly RunExperiment[]> {
  const { experiments } = await store.list(tenant);
  const runs: RunExperiment[] = [];
  for (const { id } of experiments) {
    const run = runOf(await store.history(tenant, id), asOfMs);
    if (run !== undefined) runs.push(run);
  }
  return runs.sort((a, b) => a.startedAtMs - b.startedAtMs || (a.id < b.id ? -1 : 1));
}

const variantsOf = ({ experiments }: Book): number => experiments[0]!.experiment.variants.length;

/** Units that the experiment was registered to end at, where its rule of analysis says so. */
function registeredUnits({ experiments }: Book): { registeredUnits?: number } {
  const planned = experiments[0]!.experiment.analysis.planned_units;
  return typeof planned === 'number' && planned >= 2 ? { registeredUnits: planned } : {};
}

/** Each treatment once, those of decisions too. */
function variantsIn(runs: readonly RunExperiment[], booked: readonly Booked[]): readonly Variant[] {
  const decided = booked.flatMap((one) => [...one.decided]);
  const all: readonly Variant[] = [
    ...runs.flatMap(({ experiment }) => experiment.variants),
    ...decided.map((id): Variant => ({ name: id, treatment: { kind: 'offer', id } })),
  ];
  return [...new Map(all.map((variant) => [variant.treatment?.id ?? variant.name, variant])).values()];
}

const sayMissing = (names: readonly string[]): string =>
  `not measurable: nobody says what ${names.join(', ')} costs. Give shop.treatment_costs.${names[0]} in tillcast.yaml, or --treatment-cost ${names[0]}=AMOUNT; 0 is an answer`;

const hopeless = (reason: string): LedgerLine => ({ state: 'not_measurable', reason, days: [], waiting: 0, unmatched: 0 });

const nothingRan =
  'not measurable: no experiment with a holdout or a control has started, so nobody knows what shoppers would have done anyway. Start one (docs/guides/experiments.md); tillcast experiment power says how many shoppers it needs';

function answerOf(
  runs: readonly RunExperiment[],
  booked: readonly Booked[],
  notes: readonly string[],
  { shop, asOfMs, dayOf }: RoiSettings & { dayOf(atMs: number): string },
): RoiAnswer {
  const counted = booked.filter(({ book }) => book.isInTotal);
  const firstDay = runs.length === 0 ? undefined : dayOf(Math.min(...runs.map(({ startedAtMs }) => startedAtMs)));
  const { servingCostPerDay } = shop;
  const serving: ServingCost | undefined =
    servingCostPerDay === undefined || firstDay === undefined
      ? undefined
      : (day) => 100 * servingCostPerDay * Math.max(0, daysFromTo(firstDay, day));
  const total = totalOf(
    counted.map(({ line }) => line),
    serving,
    alpha,
  );
  const leftOut = counted.filter(({ line }) => line.days.length === 0);
  const lines: RoiLine[] = booked.map(lineOnWire);
  const bottom = totalOnWire(runs.length === 0 ? { state: 'not_measurable', reason: nothingRan, days: [] } : total);
  return {
    as_of: onWire(asOfMs),
    currency: shop.currency ?? null,
    ...{ ...bottom, is_complete: leftOut.length === 0 },
    lines,
    left_out: leftOut.map(({ book, line }) => ({ id: book.id, reason: line.reason })),
    assumptions: [...assumptionsOf(shop, variantsIn(runs, booked))],
    notes: [...notes, ...standing],
    digest: createHash('sha256')
      .update(roiCsv(rowsOfRoi({ lines, total: bottom.total })))
      .digest('hex'),
  };
}

/** What every reader must know. */
const standing: readonly string[] = [
  'Amounts are in hundredths of the currency. Intervals are 95 % and hold on every day at once, so that looking daily is harmless.',
  'A unit is booked when its window has closed, with what it brought from its first exposure to the window’s end: what it brings later counts nowhere.',
  'Each treated unit pays the fixed cost of each treatment once, and the discount on all its orders within the window.',
  'Serving is paid for every day from the first start to the row’s day, whatever was booked.',
  'Whoever was erased since is in no ledger any more.',
];
