import { TillcastError } from '../../errors/tillcast-error.ts';
import { leftOut } from './moments.ts';
import { type Name, NameIndex, nameText } from './name-index.ts';

/** The units of an experiment, a row each, column by column. */
export interface Units {
  /** Names of the arms, control first. */
  readonly arms: readonly string[];
  /** Arm of each row, or `leftOut`. */
  readonly arm: Uint8Array;
  /** Numbers by column name; NaN = not known. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Epoch milliseconds; NaN = not known. */
  readonly exposedAtMs: Float64Array;
  /** Number of each row's cluster, where units come in clusters. */
  readonly cluster?: Int32Array;
  /** What was left out, and why. */
  readonly excluded: { readonly crossover: number; readonly repeated: number; readonly holdout: number };
}

/** One unit as it is read. */
export interface UnitRow {
  readonly unit: Name;
  readonly variant: string;
  readonly exposedAtMs: number;
  readonly cluster?: string;
  /** Parallel to the collector's columns; NaN = not known. */
  readonly values: ArrayLike<number>;
}

/** Which variants there may be. */
export interface Arms {
  /** Known names; absent = whatever the rows name, in their order. */
  readonly variants?: readonly string[];
  readonly control?: string;
  /** Kept out of the experiment: neither compared nor part of the split. */
  readonly holdout?: string;
}

/** A row's name, or how to make one up: of a million rows few are named. */
export type Place = string | (() => string);

const named = (place: Place): string => (typeof place === 'string' ? place : place());

/** Collects units row by row in typed columns. */
export interface UnitCollector {
  /** `place` names the row in messages, such as "line 7". The row may be used again afterwards. */
  add(row: UnitRow, place: Place): void;
  finish(): Units;
}

const MOST_ARMS = 100;

/**
 * Opens a collector. A unit seen in two variants is a crossover: all its rows are left out, once counted. The same unit again in the same
 * variant is left out if it says the same, and refused if it does not.
 */
export function collectUnits(names: readonly string[], arms: Arms): UnitCollector {
  const known = [...(arms.variants ?? [])];
  const columns = names.map(() => new GrowingColumn());
  const exposedAt = new GrowingColumn();
  const clusterOf = new GrowingColumn();
  const armOf = new GrowingColumn();
  const rowOf = new NameIndex();
  const clusters = new NameIndex();
  const crossed = new Set<number>();
  /** Rows that a later one contradicts; forgiven where the unit is a crossover anyway. */
  const contradicted = new Map<number, string>();
  const excluded = { crossover: 0, repeated: 0, holdout: 0 };

  const numberOf = (variant: string, place: Place): number => {
    const at = known.indexOf(variant);
    if (at >= 0) return at;
    if (arms.variants !== undefined)
      throw invalid(
        `${named(place)}: variant "${variant}" is unknown; the configuration names ${known.join(', ')}: add it or mend the row`,
      );
    if (known.length >= MOST_ARMS) throw invalid(`${named(place)}: more than ${MOST_ARMS} variants; is the column right?`);
    return known.push(variant) - 1;
  };
  const again = (row: number, { unit, values }: UnitRow, arm: number, place: Place): void => {
    if (armOf.at(row) !== arm) crossed.add(row);
    else if (columns.every((column, i) => Object.is(column.at(row), values[i]))) excluded.repeated++;
    else if (!contradicted.has(row)) contradicted.set(row, `${named(place)}: unit "${nameText(unit)}"`);
  };

  return {
    add(row, place) {
      if (row.variant === arms.holdout) {
        excluded.holdout++;
        return;
      }
      const arm = numberOf(row.variant, place);
      const rows = rowOf.size;
      const number = rowOf.numberOf(row.unit);
      if (number < rows) {
        again(number, row, arm, place);
        return;
      }
      armOf.push(arm);
      for (const [i, column] of columns.entries()) column.push(row.values[i]!);
      exposedAt.push(row.exposedAtMs);
      if (row.cluster !== undefined) clusterOf.push(clusters.numberOf(row.cluster));
    },
    finish() {
      for (const [row, place] of contradicted)
        if (!crossed.has(row))
          throw invalid(`${place} stands in the table twice with different values; a unit has one row: sum them up`);
      const order = controlFirst(known, arms.control);
      const place = known.map((name) => order.indexOf(name));
      const arm = Uint8Array.from(armOf.values(), (number) => place[number]!);
      for (const row of crossed) arm[row] = leftOut;
      excluded.crossover = crossed.size;
      return {
        arms: order,
        arm,
        columns: new Map(names.map((name, i) => [name, columns[i]!.values()])),
        exposedAtMs: exposedAt.values(),
        ...(clusters.size > 0 && { cluster: Int32Array.from(clusterOf.values()) }),
        excluded,
      };
    },
  };
}

function controlFirst(known: readonly string[], control = known[0]): readonly string[] {
  if (control === undefined) throw invalid('the table has no rows; give one row a unit');
  if (!known.includes(control)) throw invalid(`control: "${control}" is no variant; there are ${known.join(', ')}`);
  return [control, ...known.filter((name) => name !== control)];
}

const invalid = (detail: string): TillcastError => new TillcastError('INPUT_INVALID', detail);

/** A column of unknown length. */
class GrowingColumn {
  #values = new Float64Array(1_024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length++] = value;
  }

  at = (row: number): number => this.#values[row]!;

  values = (): Float64Array => this.#values.subarray(0, this.#length);
}
