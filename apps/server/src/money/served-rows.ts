import { murmur3 } from '@tillcast/core/experiments/murmur3';
import { topCategory } from '@tillcast/core/features/catalogue/amounts';
import type { LoggedPrediction } from '@tillcast/core/ports/prediction-log';

/** By what the log itself says rows can be sliced. */
export const ownSlicings = ['category', 'shopper', 'rung', 'model'] as const;
type OwnSlicing = (typeof ownSlicings)[number];

/** A column of numbers that grows. */
class Column<T extends Float64Array | Int32Array | Uint8Array> {
  #values: T;
  #length = 0;

  constructor(empty: T) {
    this.#values = empty;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const longer = new (this.#values.constructor as new (length: number) => T)(2 * this.#length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length++] = value;
  }

  get values(): T {
    return this.#values.subarray(0, this.#length) as T;
  }

  /** Keeps the rows of these numbers, which rise. */
  keep(rows: Int32Array): void {
    for (let at = 0; at < rows.length; at++) this.#values[at] = this.#values[rows[at]!]!;
    this.#length = rows.length;
  }
}

/** Texts as numbers, in order of appearance. */
export class Names {
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  get all(): string[] {
    return [...this.#numbers.keys()];
  }
}

const start = 1_024;

/** Served rows whose outcome is known, in columns: some 50 bytes each, and a text for each shopper and session. */
export class ServedRows {
  readonly #most: number;
  /** Of a shopper's position in [0, 1): rows of those below it are kept. */
  #share = 1;
  readonly #position = new Column(new Float64Array(start));
  readonly #logOdds = new Column(new Float64Array(start));
  readonly #price = new Column(new Float64Array(start));
  readonly #label = new Column(new Uint8Array(start));
  #shopper = new Column<Int32Array>(new Int32Array(start));
  #visit = new Column<Int32Array>(new Int32Array(start));
  #shoppers = new Names();
  #visits = new Names();
  readonly #slices = Object.fromEntries(
    ownSlicings.map((by) => [by, { names: new Names(), of: new Column<Int32Array>(new Int32Array(start)) }]),
  ) as Record<OwnSlicing, { readonly names: Names; readonly of: Column<Int32Array> }>;
  /** Rows that were told. */
  told = 0;

  /** @param most rows that are kept: beyond, a sample of shoppers is, all rows of each. */
  constructor(most: number) {
    this.#most = most;
  }

  add({ record }: LoggedPrediction, label: 0 | 1): void {
    this.told++;
    const { shopper, sessionId, logOdds, price = 0, category, columns, row, rung, model } = record;
    const position = positionOf(shopper);
    if (position >= this.#share) return;
    const visits = row[columns.names.indexOf('shopper_visits')];
    const slices: Readonly<Record<OwnSlicing, string>> = {
      category: topCategory(category ?? '') || 'unknown',
      // A shopper is new where this is their first visit.
      shopper: visits === undefined || Number.isNaN(visits) ? 'unknown' : visits > 1 ? 'returning' : 'new',
      rung,
      model: model.alone === undefined ? model.version : `${model.version} (${model.alone})`,
    };
    this.#position.push(position);
    this.#logOdds.push(logOdds);
    this.#price.push(price);
    this.#label.push(label);
    this.#shopper.push(this.#shoppers.numberOf(shopper));
    this.#visit.push(this.#visits.numberOf(sessionId === undefined ? shopper : `s:${sessionId}`));
    for (const by of ownSlicings) this.#slices[by].of.push(this.#slices[by].names.numberOf(slices[by]));
    while (this.#label.values.length > this.#most) this.#thin();
  }

  /** Keeps a smaller share of the shoppers: the same ones in every report, whatever came first. */
  #thin(): void {
    this.#share *= 0.8;
    const position = this.#position.values;
    const rows = Int32Array.from(position.keys()).filter((row) => position[row]! < this.#share);
    const own = [this.#position, this.#logOdds, this.#price, this.#label, this.#shopper, this.#visit];
    for (const column of [...own, ...ownSlicings.map((by) => this.#slices[by].of)]) column.keep(rows);
    [this.#shoppers, this.#shopper] = renumbered(this.#shoppers, this.#shopper.values);
    [this.#visits, this.#visit] = renumbered(this.#visits, this.#visit.values);
  }

  /** The share of the shoppers whose rows are here; 1 = all. */
  get share(): number {
    return this.#share;
  }

  get logOdds(): Float64Array {
    return this.#logOdds.values;
  }

  get labels(): Uint8Array {
    return this.#label.values;
  }

  /** Number of each row's shopper: 0, 1, 2 … */
  get shopper(): Int32Array {
    return this.#shopper.values;
  }

  /** Of each row 0 = not known, in the shop's currency. */
  get price(): Float64Array {
    return this.#price.values;
  }

  /** Number of each row's visit among `visits`. */
  get visit(): Int32Array {
    return this.#visit.values;
  }

  /** `s:` a session, else a shopper. */
  get visits(): Names {
    return this.#visits;
  }

  /** The names of a slicing, and which of them each row has. */
  slices(by: OwnSlicing): { readonly names: readonly string[]; readonly of: Int32Array } {
    const { names, of } = this.#slices[by];
    return { names: names.all, of: of.values.slice() };
  }
}

const positionOf = (shopper: string): number => murmur3(`performance\n${shopper}`) / 2 ** 32;

/** Names that still occur, numbered anew. */
function renumbered(names: Names, numbers: Int32Array): [Names, Column<Int32Array>] {
  const texts = names.all;
  const fresh = new Names();
  const column = new Column<Int32Array>(new Int32Array(start));
  for (const number of numbers) column.push(fresh.numberOf(texts[number]!));
  return [fresh, column];
}
