import { topCategory } from '../features/catalogue/amounts.ts';
import { NONE } from '../learning/labels.ts';
import type { RowChunk, RowTable } from '../learning/rows.ts';
import { growingColumn, openCodes } from '../learning/rows-columns.ts';
import type { FeatureColumns, LoggedPrediction, PredictionLabel, PredictionRecord } from '../ports/prediction-log.ts';
import type { Target } from '../scoring/bundle.ts';

/** How far the moment a question is about may lie from the moment it was asked: a row sees what was known when it was asked. */
export const maxBackdatedMs = 3_600_000;

/** Which served rows are wanted. */
export interface ServedRowsOptions {
  readonly target: Target;
  readonly horizonMs: number;
  /** Today's catalogue: rows that were made by another one mean something else. */
  readonly columns: FeatureColumns;
  /** The data's end: rows whose window closes later are left out as censored. */
  readonly untilMs?: number | undefined;
}

/** What was read, and what is no row and why. */
export interface ServedCounts {
  readonly leftOut: {
    /** Made by another catalogue. */
    readonly other_catalogue: number;
    /** Answered for another horizon. */
    readonly other_horizon: number;
    /** Asked about a moment more than an hour away. */
    readonly backdated: number;
    /** About a session that had bought already (target `session`). */
    readonly after_purchase: number;
  };
}

/** The rows that were served, in order of t; `order[n]` says as which number row n was handed to the sink. */
export interface ServedRows extends ServedCounts {
  readonly rows: RowTable;
  readonly order: Int32Array;
  readonly rungs: readonly PredictionRecord['rung'][];
}

type Reason = keyof ServedCounts['leftOut'];

/**
 * Collects logged predictions into the columns of a training table. Memory: about 50 bytes a row besides names.
 * `finish` is told who turned out to be whom: the user (`u:`) of a device (`a:`), where logins say so (docs/adr/0013-identity.md).
 */
export function openServedRows(
  { target, horizonMs, columns, untilMs = Infinity }: ServedRowsOptions,
  sink: (chunk: RowChunk) => void,
) {
  const [shoppers, sessionIds, items, categories] = [openCodes(), openCodes(), openCodes(), openCodes()];
  const int32 = () => growingColumn((length) => new Int32Array(length));
  const t = growingColumn((length) => new Float64Array(length));
  const [group, session, item, category, label, labelNet] = [int32(), int32(), int32(), int32(), int32(), int32()];
  const rungs: PredictionRecord['rung'][] = [];
  const purchases = columns.names.indexOf('session_purchases');
  const leftOut = { other_catalogue: 0, other_horizon: 0, backdated: 0, after_purchase: 0 };
  let [lines, censored, knownUntilMs] = [0, 0, Number.NEGATIVE_INFINITY];

  function reasonAgainst(record: PredictionRecord): Reason | undefined {
    if (record.columns.hash !== columns.hash) return 'other_catalogue';
    if (record.horizonMs !== horizonMs) return 'other_horizon';
    if (Math.abs(record.askedAtMs - record.asOfMs) > maxBackdatedMs) return 'backdated';
    return target === 'session' && record.row[purchases]! > 0 ? 'after_purchase' : undefined;
  }

  function add(record: PredictionRecord, decided: PredictionLabel): void {
    sink({ firstRow: t.length, rows: 1, features: record.row });
    t.push(record.asOfMs);
    group.push(shoppers.of(record.shopper));
    session.push(sessionIds.of(record.sessionId ?? record.predictionId));
    item.push(record.itemId === undefined ? NONE : items.of(record.itemId));
    category.push(record.category === undefined ? NONE : categories.of(topCategory(record.category)));
    label.push(decided.label);
    labelNet.push(decided.netFinal ? decided.labelNet : NONE);
    rungs.push(record.rung);
    knownUntilMs = Math.max(knownUntilMs, decided.decidedAtMs);
  }

  return {
    push({ record, label: decided }: LoggedPrediction): void {
      if (record.target !== target) return;
      lines++;
      const reason = reasonAgainst(record);
      if (reason !== undefined) leftOut[reason]++;
      else if (decided === undefined || record.asOfMs + horizonMs > untilMs) censored++;
      else add(record, decided);
    },
    /** Everyone a row is about, as `shopperOf` names shoppers. */
    shoppers: (): readonly string[] => shoppers.texts,
    finish(ownerOf: ReadonlyMap<string, string> = new Map()): ServedRows {
      const [groups, sessions] = [openCodes(), openCodes()];
      const people = shoppers.texts.map((shopper) => groups.of(ownerOf.get(shopper) ?? shopper));
      const ids = session.array();
      const sessionOf = (person: number, row: number) => sessions.of(`${groups.texts[person]}/${sessionIds.texts[ids[row]!]}`);
      const groupOfRow = group.array().map((code) => people[code]!);
      const sessionOfRow = groupOfRow.map(sessionOf);
      const times = t.array();
      const order = Int32Array.from(times, (_, row) => row).sort((a, b) => times[a]! - times[b]! || a - b);
      const sorted = <A extends Int32Array | Float64Array>(values: A): A =>
        (values as Int32Array).map((_, row) => values[order[row]!]!) as unknown as A;
      const labels = Int8Array.from(sorted(label.array()));
      const positives = labels.reduce((sum, value) => sum + value, 0);
      return {
        rows: {
          rows: order.length,
          t: sorted(times),
          ...{ group: sorted(groupOfRow), session: sorted(sessionOfRow), item: sorted(item.array()) },
          ...{ category: sorted(category.array()), groups: groups.texts, sessions: sessions.texts },
          ...{ items: items.texts, categories: categories.texts },
          ...{ label: labels, labelNet: Int8Array.from(sorted(labelNet.array())) },
          counts: { events: lines, rows: order.length, censored, positives, tooLate: 0, afterEnd: 0, marked: 0 },
          dataFromMs: order.length === 0 ? Number.POSITIVE_INFINITY : times[order[0]!]!,
          dataUntilMs: Math.min(untilMs, knownUntilMs),
        },
        order,
        rungs: Array.from(order, (row) => rungs[row]!),
        leftOut,
      };
    },
  };
}
