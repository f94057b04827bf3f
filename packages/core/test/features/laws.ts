import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { FeatureEngine, Question } from '@tillcast/core/features/engine';
import type { Feature } from '@tillcast/core/features/feature';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openRowBuilder } from '@tillcast/core/learning/rows';
import { inKnowableOrder, LATENESS_MS } from './histories.ts';

/** A catalogue that may, when it is a planted fault, know what it must not: the whole history. */
export type CatalogFor = (history: readonly ShopEvent[]) => readonly Feature[];

/** Opens the engine that the laws are asked of; another one where a fault is planted. */
export type OpenEngine = (catalog: readonly Feature[]) => FeatureEngine;

/** The real one. */
export const openEngineOver: OpenEngine = (catalog) =>
  openFeatureEngine({ timeZone: 'Europe/Berlin', allowedLatenessMs: LATENESS_MS }, catalog);

/** The features whose bits differ between two rows. */
export function differing(catalog: readonly Feature[], a: Float32Array, b: Float32Array): string[] {
  const [left, right] = [bits(a), bits(b)];
  return catalog.filter((_, column) => left[column] !== right[column]).map(({ name }) => name);
}

const bits = (row: Float32Array): Uint32Array => new Uint32Array(row.buffer, row.byteOffset, row.length);

/** The rows of a replay, as the dataset makes them. */
export function replayRows(
  catalogFor: CatalogFor,
  history: readonly ShopEvent[],
  target: 'item' | 'session',
  open = openEngineOver,
): Float32Array[] {
  const catalog = catalogFor(history);
  const rows: Float32Array[] = [];
  const settings = { target, horizonMs: 1, refundWindowMs: 1, timeZone: 'UTC', chunkRows: 1 } as const;
  const builder = openRowBuilder({ ...settings, engine: open(catalog) }, ({ features }) => void rows.push(features.slice()));
  for (const event of inKnowableOrder(history)) builder.push(event);
  builder.finish();
  return rows;
}

/** Law 1: what is added to a history after the fact (later, or known later) changes no row asked before. Answers the features that break it. */
export function futureChangesPast(
  catalogFor: CatalogFor,
  past: readonly ShopEvent[],
  future: readonly ShopEvent[],
  open = openEngineOver,
  openBefore = open,
): string[] {
  const before = replayRows(catalogFor, past, 'item', openBefore);
  const after = replayRows(catalogFor, [...past, ...future], 'item', open);
  return before.flatMap((row, index) => differing(catalogFor([]), row, after[index]!));
}

/** Questions about everyone and everything of a history, and about strangers, when all of it is known. */
export function questionsAbout(history: readonly ShopEvent[]): Question[] {
  const asOfMs = Math.max(...history.map((event) => Math.max(event.eventTimeMs, event.receivedAtMs)));
  return history.flatMap((event) => [
    {
      shopper: shopperOf(event),
      asOfMs,
      ...event.items[0],
      ...(event.sessionId === undefined ? {} : { sessionId: event.sessionId }),
    },
    { shopper: shopperOf(event), asOfMs: asOfMs + 1_000, itemId: 'stranger', price: 5 },
  ]);
}

/** Rows of a fresh engine that has been handed these events, in this order. */
export function rowsAfter(
  catalog: readonly Feature[],
  deliveries: readonly ShopEvent[],
  questions: readonly Question[],
  open = openEngineOver,
): Float32Array[] {
  const engine = open(catalog);
  for (const event of deliveries) engine.apply(event);
  return questions.map((question) => engine.row(question));
}

/** Law 2: a row asked in the midst of a stream equals that of an engine which got the events so far and was never asked before. */
export function streamDiffersFromBatch(catalog: readonly Feature[], history: readonly ShopEvent[]): string[] {
  const stream = openEngineOver(catalog);
  const deliveries = inKnowableOrder(history);
  return deliveries.flatMap((event, index) => {
    stream.apply(event);
    const questions = questionsAbout(deliveries.slice(0, index + 1)).slice(-2);
    return rowsAfter(catalog, deliveries.slice(0, index + 1), questions).flatMap((row, at) =>
      differing(catalog, row, stream.row(questions[at]!)),
    );
  });
}

/** Law 3: delivered in whatever order the delays make, the rows are those of delivery without delay; about the last events, where there are many. */
export function orderMatters(
  catalog: readonly Feature[],
  history: readonly ShopEvent[],
  asked = 200,
  open = openEngineOver,
): string[] {
  const questions = questionsAbout(history).slice(-asked);
  const prompt = inKnowableOrder(history.map((event) => ({ ...event, receivedAtMs: event.eventTimeMs })));
  const [late, inOrder] = [inKnowableOrder(history), prompt].map((deliveries) => rowsAfter(catalog, deliveries, questions, open));
  return late!.flatMap((row, index) => differing(catalog, row, inOrder![index]!));
}

/** Law 4: events handed over again change nothing. */
export function repetitionMatters(
  catalog: readonly Feature[],
  history: readonly ShopEvent[],
  repeated: readonly number[],
): string[] {
  if (history.length === 0) return [];
  const deliveries = inKnowableOrder(history);
  const again = [...deliveries, ...repeated.map((index) => deliveries[index % deliveries.length]!)];
  const questions = questionsAbout(history);
  const [once, twice] = [deliveries, again].map((each) => rowsAfter(catalog, each, questions));
  return once!.flatMap((row, index) => differing(catalog, row, twice![index]!));
}

/** Law 5: each value is a float32 number or NaN, never infinite. */
export function infinite(catalog: readonly Feature[], history: readonly ShopEvent[]): string[] {
  const rows = [
    ...replayRows(() => catalog, history, 'session'),
    ...rowsAfter(catalog, inKnowableOrder(history), questionsAbout(history)),
  ];
  return catalog
    .filter((_, column) => rows.some((row) => Math.abs(row[column]!) === Number.POSITIVE_INFINITY))
    .map(({ name }) => name);
}
