import { compareEvents, type LineItem, type ShopEvent } from '../events/event.ts';
import { type Codes, type GrowingColumn, growingColumn } from './rows-columns.ts';

/** Stands for "no item", "not matured" or "no row before" in integer columns. */
export const NONE = -1;

/** Purchases within this long of a row make it positive; see docs/adr/0006-knowable-time.md for ties. */
export interface LabelSettings {
  readonly target: 'item' | 'session';
  readonly horizonMs: number;
  readonly refundWindowMs: number;
}

/** One line bought, and where in the table its shopper stood when it became known. */
interface BoughtLine {
  readonly event: ShopEvent;
  readonly session: number;
  readonly item: number;
  readonly units: number;
  /** The shopper's last row asked before the purchase was known. */
  readonly lastRow: number;
  refunded: number;
}

/** One shopper's purchases and refunds. */
interface Outcomes {
  readonly bought: BoughtLine[];
  readonly refunds: ShopEvent[];
}

/** Labels of the rows seen so far: 1 = bought within the horizon, and the same without what was returned. */
export interface Labels {
  readonly label: Int8Array;
  readonly labelNet: Int8Array;
}

/** Takes rows and outcomes in order of knowability and labels the rows in the end. */
export interface LabelBook {
  /** Rows in order: `t` of the row, and the codes of its shopper, session and item. */
  row(tMs: number, group: number, session: number, item: number): void;
  /** A purchase or refund; anything else is ignored. */
  outcome(event: ShopEvent, group: number, session: number): void;
  /** Labels of the first `rows` rows; `label_net` is NONE where t + horizon + refund window lies after `untilMs`. */
  resolve(rows: number, untilMs: number): Labels;
}

/**
 * Opens an empty book. A purchase counts for a row when it became known after the row was asked and happened in [t, t + horizon]; so one at the
 * very instant t counts only if it follows the trigger. Rows of one shopper form a chain from the last back to the first: a purchase walks it
 * through one horizon, whenever it arrives (through all of it where rows are not in order of t). Memory: 20 bytes a row, one record a line bought.
 */
export function openLabelBook({ target, horizonMs, refundWindowMs }: LabelSettings, items: Codes): LabelBook {
  const t = growingColumn((length) => new Float64Array(length));
  const about = growingColumn((length) => new Int32Array(length));
  const previous = growingColumn((length) => new Int32Array(length));
  const lastRow: number[] = [];
  const lastMs: number[] = [];
  const outcomes = new Map<number, Outcomes>();
  // Rows of a replay come in order of t; a question may be about an earlier moment than the one asked before it.
  let isAscending = true;

  function outcomesOf(group: number): Outcomes {
    const known = outcomes.get(group);
    if (known !== undefined) return known;
    const opened: Outcomes = { bought: [], refunds: [] };
    outcomes.set(group, opened);
    return opened;
  }

  return {
    row(tMs, group, session, item) {
      if (tMs < (lastMs[group] ?? tMs)) isAscending = false;
      lastMs[group] = tMs;
      previous.push(lastRow[group] ?? NONE);
      lastRow[group] = t.length;
      t.push(tMs);
      about.push(target === 'item' ? item : session);
    },
    outcome(event, group, session) {
      if (event.event === 'refund') outcomesOf(group).refunds.push(event);
      if (event.event !== 'purchase') return;
      const where = { event, session, lastRow: lastRow[group] ?? NONE, refunded: 0 };
      const lines = event.items.length > 0 ? event.items : [undefined];
      for (const line of lines) {
        outcomesOf(group).bought.push({ ...where, item: line ? items.of(line.itemId) : NONE, units: line?.quantity ?? 1 });
      }
    },
    resolve(rows, untilMs) {
      const bought = new Int32Array(rows);
      const kept = new Int32Array(rows);
      const rowsOf = chainWalk(t, previous, about, { horizonMs, isAscending });
      for (const { bought: lines, refunds } of outcomes.values()) {
        giveBack(lines, refunds, items, refundWindowMs);
        for (const line of lines) {
          rowsOf(line, target === 'item' ? line.item : line.session, (row) => {
            if (row >= rows) return;
            bought[row]!++;
            if (line.refunded < line.units) kept[row]!++;
          });
        }
      }
      const maturedMs = untilMs - horizonMs - refundWindowMs;
      return {
        label: Int8Array.from(bought, (count) => (count > 0 ? 1 : 0)),
        labelNet: Int8Array.from(kept, (count, row) => (t.array()[row]! > maturedMs ? NONE : count > 0 ? 1 : 0)),
      };
    },
  };
}

/** Visits the rows a line bought counts for, newest first. */
function chainWalk(
  t: GrowingColumn<Float64Array>,
  previous: GrowingColumn<Int32Array>,
  about: GrowingColumn<Int32Array>,
  { horizonMs, isAscending }: { readonly horizonMs: number; readonly isAscending: boolean },
) {
  const [times, before, subjects] = [t.array(), previous.array(), about.array()];
  return ({ event, lastRow }: BoughtLine, subject: number, visit: (row: number) => void): void => {
    const { eventTimeMs } = event;
    if (subject === NONE) return;
    for (let row = lastRow; row !== NONE; row = before[row]!) {
      const isOpen = times[row]! >= eventTimeMs - horizonMs;
      if (!isOpen && isAscending) return;
      // A purchase that arrived late may lie before rows that were asked without knowing of it.
      if (isOpen && times[row]! <= eventTimeMs && subjects[row] === subject) visit(row);
    }
  };
}

/** Sets each refund, in order, against the shopper's newest purchases it can be meant for, unit by unit, within the refund window. */
function giveBack(bought: BoughtLine[], refunds: ShopEvent[], items: Codes, refundWindowMs: number): void {
  if (refunds.length === 0) return;
  const newestFirst = [...bought].sort((a, b) => compareEvents(b.event, a.event));
  for (const refund of refunds.sort(compareEvents)) {
    const open = newestFirst.filter((line) => line.refunded < line.units && canBeMeant(line, refund, refundWindowMs));
    if (refund.items.length === 0) giveBackOrder(open, refund);
    for (const line of refund.items) giveBackLine(open, line, items);
  }
}

function canBeMeant({ event }: BoughtLine, refund: ShopEvent, refundWindowMs: number): boolean {
  const ageMs = refund.eventTimeMs - event.eventTimeMs;
  const sameOrder = refund.transactionId === undefined || refund.transactionId === event.transactionId;
  return sameOrder && ageMs <= refundWindowMs && compareEvents(event, refund) < 0;
}

/** A refund without lines returns the whole order: the one it names, or the newest. */
function giveBackOrder(open: readonly BoughtLine[], refund: ShopEvent): void {
  for (const line of open) if (refund.transactionId !== undefined || line.event === open[0]!.event) line.refunded = line.units;
}

function giveBackLine(open: readonly BoughtLine[], { itemId, quantity }: LineItem, items: Codes): void {
  const item = items.of(itemId);
  let left = quantity;
  for (const line of open) {
    if (line.item !== item || left === 0) continue;
    const units = Math.min(left, line.units - line.refunded);
    line.refunded += units;
    left -= units;
  }
}
