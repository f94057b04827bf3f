import type { LedgerUnit } from '@tillcast/core/decisions/money/ledger-unit';
import type { SideCounts } from '@tillcast/core/decisions/money/split-guard';
import { heldOut } from '@tillcast/core/experiments/unit-table';
import type { ShopSettings, TreatmentCost } from '@tillcast/core/shop/settings';
import { decidedName, treatmentDecided } from './book-decisions.ts';
import { type BookPerson, metName, windowMsOf } from './book-tables.ts';
import { type Book, treatedShareAt } from './books.ts';
import { costOf } from './costs.ts';

/** A book's people on its two sides. */
export interface BookUnits {
  readonly units: readonly LedgerUnit[];
  /** People found on both sides; they are on neither. */
  readonly crossed: number;
  readonly counts: readonly SideCounts[];
}

type Side = 'treated' | 'reference' | 'crossed' | undefined;

/** Which side of a book somebody is on; undefined = on none, for they are not part of the comparison. */
function sideOf({ against, experiments, variants }: Book, met: ReadonlyMap<string, number>): Side {
  if (against === 'holdout') return !met.has(heldOut) ? 'treated' : met.size === 1 ? 'reference' : 'crossed';
  const [{ id, experiment }] = experiments as [Book['experiments'][number]];
  const control = met.has(metName(id, experiment.control));
  const treated = variants.filter((variant) => met.has(metName(id, variant)));
  if (!control && treated.length === 0) return undefined;
  if (met.size > 1) return 'crossed';
  return control ? 'reference' : 'treated';
}

/** The treatments that decisions gave to people of a book, by name. */
export const treatmentsDecided = (people: readonly BookPerson[]): ReadonlySet<string> =>
  new Set(people.flatMap(({ met }) => [...met.keys()].flatMap((name) => treatmentDecided(name) || [])));

/** Names of treatments in a book that have a price nobody gave. */
export const costsMissing = (
  { experiments }: Pick<Book, 'experiments'>,
  people: readonly BookPerson[],
  settings: ShopSettings,
): readonly string[] => [
  ...new Set([
    ...experiments.flatMap(({ experiment }) =>
      experiment.variants.flatMap((variant) =>
        costOf(variant, settings) === undefined ? [variant.treatment?.id ?? variant.name] : [],
      ),
    ),
    ...[...treatmentsDecided(people)].filter((name) => !settings.treatmentCosts.has(name)),
  ]),
];

/** Puts a book's people on its sides, with what they brought and cost. */
export function unitsOfBook(book: Book, people: readonly BookPerson[], settings: ShopSettings): BookUnits {
  const windowMs = windowMsOf(book);
  const costs = new Map<string, TreatmentCost>();
  for (const { id, experiment } of book.experiments)
    for (const variant of experiment.variants) {
      const cost = costOf(variant, settings);
      if (cost !== undefined) costs.set(metName(id, variant.name), cost);
    }
  for (const name of treatmentsDecided(people)) {
    const cost = settings.treatmentCosts.get(name);
    if (cost !== undefined) costs.set(decidedName(name), cost);
  }
  const units: LedgerUnit[] = [];
  const counts = Array.from({ length: book.boundariesMs.length + 1 }, () => ({ treated: 0, reference: 0 }));
  let crossed = 0;
  for (const person of people) {
    const side = sideOf(book, person.met);
    if (side === 'crossed') crossed++;
    if (side === undefined || side === 'crossed') continue;
    const stratum = book.boundariesMs.filter((boundary) => boundary <= person.exposedAtMs).length;
    counts[stratum]![side]++;
    units.push({
      ...{ isTreated: side === 'treated', stratum, maturesAtMs: person.exposedAtMs + windowMs },
      ...amountsOf(person, windowMs, costs, settings.discountsInPrices === true),
    });
  }
  const atOf = (stratum: number): number => book.boundariesMs[stratum - 1] ?? book.experiments[0]!.startedAtMs;
  return {
    ...{ units, crossed },
    counts: counts.map((side, stratum) => ({ ...side, treatedShare: treatedShareAt(book, atOf(stratum)) })),
  };
}

/** Cents of a person: each treatment they met within their window is given once, and takes its share of what they bought and kept in it. */
function amountsOf(
  { exposedAtMs, met, margin, revenue }: BookPerson,
  windowMs: number,
  costs: ReadonlyMap<string, TreatmentCost>,
  isPaidAfter: boolean,
) {
  let [fixed, share] = [0, 0];
  for (const [name, metAtMs] of met) {
    if (metAtMs >= exposedAtMs + windowMs) continue;
    fixed += costs.get(name)?.fixed ?? 0;
    share += costs.get(name)?.shareOfValue ?? 0;
  }
  return {
    marginCents: 100 * margin,
    treatmentCents: 100 * fixed,
    discountCents: isPaidAfter ? 0 : 100 * share * Math.max(0, revenue),
  };
}
