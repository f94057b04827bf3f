import { TillcastError } from '../errors/tillcast-error.ts';
import { knowableAtMs, type LineItem, type ShopEvent, shopperOf } from '../events/event.ts';
import { defaultSessionGapMs } from '../events/session.ts';
import type { FeatureEngine, Question } from '../features/engine.ts';
import { openFeatureEngine } from '../features/feature-engine.ts';
import { fixedEvent } from '../features/fixed-event.ts';
import type { Target } from '../scoring/bundle.ts';
import { NONE, openLabelBook } from './labels.ts';
import { openRowColumns } from './row-columns.ts';
import { openCodes, openCodesByNumber } from './rows-columns.ts';

/** What to ask of a shop's history, and how far it is known. */
export interface RowBuilderOptions {
  readonly target: Target;
  readonly horizonMs: number;
  readonly refundWindowMs: number;
  readonly timeZone: string;
  readonly sessionGapMs?: number;
  /** As in `EngineSettings`; 0 is fastest, for histories without late events. */
  readonly allowedLatenessMs?: number;
  /** The data's end: what became known later does not exist. Default: when the last event became known. */
  readonly untilMs?: number;
  /** Default: a fresh one over the catalogue. One handed in must be fresh too. */
  readonly engine?: FeatureEngine;
  /** Rows a chunk holds; default 2,048. */
  readonly chunkRows?: number;
}

/** The features of consecutive rows; the array is reused: take what you need before you return. */
export interface RowChunk {
  readonly firstRow: number;
  readonly rows: number;
  /** Row after row, one float32 a feature, in catalogue order. */
  readonly features: Float32Array;
}

/** The columns of the rows themselves. Texts are codes into the lists beside them; NONE (-1) = null. */
export interface RowTable {
  /** Rows that count; chunks may have held more (rows whose horizon turned out to lie beyond the data's end). */
  readonly rows: number;
  readonly t: Float64Array;
  /** The person, as far as logins tell by the data's end (docs/adr/0013-identity.md): a device's rows may be its owner's. */
  readonly group: Int32Array;
  /** The person's session. */
  readonly session: Int32Array;
  readonly item: Int32Array;
  readonly category: Int32Array;
  readonly groups: readonly string[];
  readonly sessions: readonly string[];
  readonly items: readonly string[];
  readonly categories: readonly string[];
  readonly label: Int8Array;
  readonly labelNet: Int8Array;
  readonly counts: RowCounts;
  readonly dataFromMs: number;
  readonly dataUntilMs: number;
}

/** What was read and what came of it. */
export interface RowCounts {
  /** Events up to the data's end. */
  readonly events: number;
  readonly rows: number;
  /** Rows left out because their horizon ends after the data does. */
  readonly censored: number;
  readonly positives: number;
  /** Events later than the allowed lateness: in no feature, and no rows; as purchases they still count for labels. */
  readonly tooLate: number;
  /** Events that became known after `untilMs`. */
  readonly afterEnd: number;
  /** Events of machines or of the shop itself, by the traffic rules: in no feature, no row and no label. */
  readonly marked: number;
}

/** Replays a history, one event at a time in knowable order, into rows and labels. */
export interface RowBuilder {
  push(event: ShopEvent): void;
  /** Hands the last chunk to the sink and labels the rows. */
  finish(): RowTable;
}

/**
 * Opens a replay. Features go to the sink as they are computed; what stays in memory is about 50 bytes a row besides the names of shoppers,
 * sessions and items. Rows: `session`, one an event before the session's first purchase; `item`, one an item of a `view_item` or `add_to_cart`.
 * The row's t is the moment its trigger became knowable.
 */
export function openRowBuilder(options: RowBuilderOptions, sink: (chunk: RowChunk) => void): RowBuilder {
  const { target, horizonMs, untilMs = Number.POSITIVE_INFINITY } = options;
  const engine = options.engine ?? openFeatureEngine(engineSettings(options));
  const chunk = openChunk(engine.features.length, options.chunkRows ?? 2_048, sink);
  const items = openCodes();
  const book = openLabelBook(options, items);
  const columns = openRowColumns();
  const buyingSessions = new Set<number>();
  const count = { events: 0, censored: 0, tooLate: 0, afterEnd: 0, marked: 0 };
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  const numbered = { items: openCodesByNumber(items), groups: openCodesByNumber(columns.groups) };
  /** The code of an item; of the event's last one, which nearly always is its only one, without looking its text up. */
  function itemCode({ items: lines }: ShopEvent, itemId: string): number {
    const isLast = lines[lines.length - 1]?.itemId === itemId;
    return numbered.items(isLast ? engine.appliedItemNumber : undefined, itemId);
  }

  function addRow(
    event: ShopEvent,
    shopper: string,
    group: number,
    session: number,
    atMs: number,
    line: AskedLine | undefined,
  ): void {
    if (atMs + horizonMs > untilMs) {
      count.censored++;
      return;
    }
    const { itemId, category, brand, price } = line ?? ({} as Partial<AskedLine>);
    const question = {
      tenant: event.tenant,
      shopper,
      sessionId: engine.appliedSessionId,
      asOfMs: atMs,
      itemId,
      category,
      brand,
      price,
    };
    chunk.next((features, offset) => engine.row(question as Question, features, offset));
    const item = itemId === undefined ? NONE : itemCode(event, itemId);
    columns.add(atMs, group, session, item, category);
    book.row(atMs, group, columns.sessionIdOf(session), item);
  }

  /** A login makes the device's history its user's; a session that goes on as theirs has bought what it had bought. */
  function claim(device: string, user: number, session: number, sessionId: string | undefined, atMs: number): void {
    const deviceCode = columns.groups.of(device);
    book.claim(deviceCode, user, atMs);
    if (buyingSessions.has(columns.sessionOf(deviceCode, device, sessionId))) buyingSessions.add(session);
  }

  function ask(event: ShopEvent, shopper: string, group: number, session: number, atMs: number): void {
    if (target === 'session') {
      if (buyingSessions.has(session)) return;
      const line = event.items[event.items.length - 1] ?? engine.shopper(shopper, event.tenant)?.lastItem;
      addRow(event, shopper, group, session, atMs, line);
    } else if (event.event === 'view_item' || event.event === 'add_to_cart') {
      for (const line of distinctItems(event.items)) addRow(event, shopper, group, session, atMs, line);
    }
  }

  return {
    push(given) {
      const event = fixedEvent(given);
      const atMs = knowableAtMs(event);
      if (atMs < lastMs) throw outOfOrder(event, lastMs);
      lastMs = atMs;
      if (atMs > untilMs) {
        count.afterEnd++;
        return;
      }
      count.events++;
      if (event.mark !== undefined) {
        count.marked++;
        return;
      }
      if (event.eventTimeMs < firstMs) firstMs = event.eventTimeMs;
      const applied = engine.apply(event);
      const shopper = engine.appliedShopper ?? shopperOf(event);
      const group = numbered.groups(engine.appliedShopperNumber, shopper);
      const sessionId = engine.appliedSessionId ?? event.sessionId;
      const session = columns.sessionOf(group, shopper, sessionId);
      if (engine.appliedDevice !== undefined) claim(engine.appliedDevice, group, session, sessionId, atMs);
      book.outcome(event, group, columns.sessionIdOf(session));
      if (event.event === 'purchase' && session !== NONE) buyingSessions.add(session);
      if (applied === 'too_late') count.tooLate++;
      else if (applied !== 'duplicate') ask(event, shopper, group, session, atMs);
    },
    finish() {
      chunk.flush();
      const dataUntilMs = Math.min(untilMs, lastMs);
      const table = columns.table(dataUntilMs - horizonMs, book.people.personOf);
      const labels = book.resolve(table.rows, dataUntilMs);
      const positives = labels.label.reduce((sum, label) => sum + label, 0);
      const censored = count.censored + columns.length() - table.rows;
      const counts = { ...count, rows: table.rows, censored, positives };
      return { ...table, ...labels, items: items.texts, counts, dataFromMs: firstMs, dataUntilMs };
    },
  };
}

/** What a row is about. */
type AskedLine = Omit<LineItem, 'quantity'>;

const engineSettings = ({ timeZone, sessionGapMs = defaultSessionGapMs, allowedLatenessMs }: RowBuilderOptions) => ({
  timeZone,
  sessionGapMs,
  ...(allowedLatenessMs === undefined ? {} : { allowedLatenessMs }),
});

const outOfOrder = (event: ShopEvent, lastMs: number): TillcastError =>
  new TillcastError(
    'INPUT_INVALID',
    `event ${event.eventId} was knowable at ${new Date(knowableAtMs(event)).toISOString()}, before one already replayed (${new Date(lastMs).toISOString()}); hand events over in knowable order`,
  );

/** The lines of an event, each item once. */
function distinctItems(lines: readonly LineItem[]): readonly LineItem[] {
  if (lines.length < 2) return lines;
  return [...new Map(lines.map((line) => [line.itemId, line])).values()];
}

/** Collects rows and hands them on in chunks. */
function openChunk(width: number, chunkRows: number, sink: (chunk: RowChunk) => void) {
  const features = new Float32Array(width * chunkRows);
  let [firstRow, rows] = [0, 0];
  const flush = (): void => {
    if (rows > 0) sink({ firstRow, rows, features: features.subarray(0, rows * width) });
    firstRow += rows;
    rows = 0;
  };
  return {
    next(write: (features: Float32Array, offset: number) => void): void {
      write(features, rows * width);
      if (++rows === chunkRows) flush();
    },
    flush,
  };
}
