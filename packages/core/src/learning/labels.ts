import type { ShopEvent } from '../events/event.ts';
import { type BoughtLine, giveBack, type ToldOutcome } from './label-returns.ts';
import { openPeople, type People } from './people.ts';
import { type Codes, type GrowingColumn, growingColumn } from './rows-columns.ts';

/** Stands for "no item", "not matured" or "no row before" in integer columns. */
export const NONE = -1;

/** Purchases within this long of a row make it positive; see docs/adr/0006-knowable-time.md for ties. */
export interface LabelSettings {
  readonly target: 'item' | 'session';
  readonly horizonMs: number;
  readonly refundWindowMs: number;
}

/** One person's purchases and refunds. */
interface Outcomes {
  readonly bought: BoughtLine[];
  readonly refunds: ToldOutcome[];
}

/** Labels of the rows seen so far: 1 = bought within the horizon, and the same without what was returned. */
export interface Labels {
  readonly label: Int8Array;
  readonly labelNet: Int8Array;
}

/** Takes rows and outcomes in order of knowability and labels the rows in the end. */
export interface LabelBook {
  /** Rows in order: `t` of the row, and the codes of its shopper, of its session's id (which tells one person's sessions apart) and of its item. */
  row(tMs: number, group: number, session: number, item: number): void;
  /** A purchase or refund; anything else is ignored. */
  outcome(event: ShopEvent, group: number, session: number): void;
  /** A login, by its knowable time, that makes what the device did before it its user's; told before the outcome it may be itself. */
  claim(device: number, user: number, atMs: number): void;
  readonly people: Pick<People, 'personOf'>;
  /** Labels of the first `rows` rows; `label_net` is NONE where t + horizon + refund window lies after `untilMs`. */
  resolve(rows: number, untilMs: number): Labels;
}

/** The rows, as columns. */
interface RowChains {
  readonly t: GrowingColumn<Float64Array>;
  /** What the row is about: an item, or a session. */
  readonly about: GrowingColumn<Int32Array>;
  /** The shopper's row before. */
  readonly previous: GrowingColumn<Int32Array>;
  /** By shopper. */
  readonly last: number[];
}

/**
 * Opens an empty book. A purchase counts for a row of its shopper when it became known after the row was asked and happened in [t, t + horizon]; so one
 * at the very instant t counts only if it follows the trigger. It counts for a row of another shopper where logins say, by t + horizon, that the two are
 * one person (docs/adr/0013-identity.md). Rows of one shopper form a chain from the last back to the first: a purchase walks it through one horizon,
 * whenever it arrives (through all of it where rows are not in order of t). Memory: 20 bytes a row, one record a line bought.
 */
export function openLabelBook({ target, horizonMs, refundWindowMs }: LabelSettings, items: Codes): LabelBook {
  const t = growingColumn((length) => new Float64Array(length));
  const about = growingColumn((length) => new Int32Array(length));
  const previous = growingColumn((length) => new Int32Array(length));
  const chains: RowChains = { t, about, previous, last: [] };
  const lastMs: number[] = [];
  const people = openPeople();
  const bought: BoughtLine[] = [];
  const refunds: ToldOutcome[] = [];
  let outcomes = 0;
  // Rows of a replay come in order of t; a question may be about an earlier moment than the one asked before it.
  let isAscending = true;

  return {
    people,
    row(tMs, group, session, item) {
      if (tMs < (lastMs[group] ?? tMs)) isAscending = false;
      lastMs[group] = tMs;
      previous.push(chains.last[group] ?? NONE);
      chains.last[group] = t.length;
      t.push(tMs);
      about.push(target === 'item' ? item : session);
    },
    outcome(event, group, session) {
      if (event.event !== 'purchase' && event.event !== 'refund') return;
      const told = { event, group, number: outcomes++ };
      if (event.event === 'refund') {
        refunds.push(told);
        return;
      }
      const where = { ...told, session, lastRow: chains.last[group] ?? NONE, rowsBefore: t.length };
      for (const line of event.items.length > 0 ? event.items : [undefined]) {
        bought.push({ ...where, item: line ? items.of(line.itemId) : NONE, units: line?.quantity ?? 1, refunded: 0 });
      }
    },
    claim: (device, user, atMs) => people.claim(device, user, atMs, { rows: t.length, outcomes }),
    resolve(rows, untilMs) {
      const counts = { bought: new Int32Array(rows), kept: new Int32Array(rows) };
      const walk = openWalk(chains, people, { horizonMs, isAscending });
      for (const theirs of byPerson(bought, refunds, people)) {
        giveBack(theirs.bought, theirs.refunds, { items, people, refundWindowMs });
        for (const line of theirs.bought) {
          walk(line, target === 'item' ? line.item : line.session, (row) => {
            if (row >= rows) return;
            counts.bought[row]!++;
            if (line.refunded < line.units) counts.kept[row]!++;
          });
        }
      }
      const maturedMs = untilMs - horizonMs - refundWindowMs;
      return {
        label: Int8Array.from(counts.bought, (count) => (count > 0 ? 1 : 0)),
        labelNet: Int8Array.from(counts.kept, (count, row) => (t.array()[row]! > maturedMs ? NONE : count > 0 ? 1 : 0)),
      };
    },
  };
}

function byPerson(bought: readonly BoughtLine[], refunds: readonly ToldOutcome[], people: People): Iterable<Outcomes> {
  const told = new Map<number, Outcomes>();
  for (const line of bought) {
    const person = people.personOf(line.group);
    const known = told.get(person);
    if (known === undefined) told.set(person, { bought: [line], refunds: [] });
    else known.bought.push(line);
  }
  for (const refund of refunds) told.get(people.personOf(refund.group))?.refunds.push(refund);
  return told.values();
}

/** Visits the rows a line bought counts for. */
function openWalk(
  chains: RowChains,
  people: People,
  { horizonMs, isAscending }: { readonly horizonMs: number; readonly isAscending: boolean },
) {
  const [times, before, subjects] = [chains.t.array(), chains.previous.array(), chains.about.array()];
  const rowsBefore = openRowsBefore(chains);
  return (line: BoughtLine, subject: number, visit: (row: number) => void): void => {
    if (subject === NONE) return;
    const { eventTimeMs } = line.event;
    /** Visits a chain backwards; false where an older row cannot count. */
    const look = (row: number, isMeant: boolean): boolean => {
      const isOpen = times[row]! >= eventTimeMs - horizonMs;
      // A purchase that arrived late may lie before rows that were asked without knowing of it.
      if (isMeant && isOpen && times[row]! <= eventTimeMs && subjects[row] === subject) visit(row);
      return isOpen || !isAscending;
    };
    for (let row = line.lastRow; row !== NONE && look(row, true); ) row = before[row]!;
    const lineKnownMs = people.outcomeKnownMs(line.group, line.number);
    if (lineKnownMs === Number.POSITIVE_INFINITY) return;
    for (const group of people.groupsOf(people.personOf(line.group))) {
      if (group === line.group) continue;
      for (const row of rowsBefore(group, line.rowsBefore)) {
        const knownMs = Math.max(lineKnownMs, people.rowKnownMs(group, row));
        if (!look(row, knownMs <= times[row]! + horizonMs)) break;
      }
    }
  };
}

/** Finds a shopper's rows before a row of the table, the last first; each chain is laid out once, when it is first asked for. */
function openRowsBefore({ last, previous }: RowChains) {
  const laidOut = new Map<number, readonly number[]>();
  const before = previous.array();

  function layOut(group: number): readonly number[] {
    const rows: number[] = [];
    for (let row = last[group] ?? NONE; row !== NONE; row = before[row]!) rows.push(row);
    laidOut.set(group, rows.reverse());
    return rows;
  }

  return function* (group: number, end: number): Generator<number> {
    const rows = laidOut.get(group) ?? layOut(group);
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle]! < end) low = middle + 1;
      else high = middle;
    }
    while (low > 0) yield rows[--low]!;
  };
}
