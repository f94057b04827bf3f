import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type { LabelDue, PredictionLabel, PredictionQuery } from '@tillcast/core/ports/prediction-log';
import { decidedAt } from '../prediction-log/prediction-bytes.ts';

/** A line as this process keeps it. */
export interface MemoryLine {
  readonly bytes: Uint8Array;
  readonly due: Omit<LabelDue, 'current' | 'revision'>;
  readonly shoppers: ReadonlySet<string>;
  readonly versions: PredictionLabel[];
  revision: number;
  examined: number;
}

/** Lines by `lineKey`. */
export type MemoryLines = Map<string, MemoryLine>;

/** What a line or an outcome is kept by. */
export const lineKey = (tenant: string, id: string): string => JSON.stringify([tenant, id]);

/** The order of reading. */
export const byTime = (a: MemoryLine, b: MemoryLine): number =>
  a.due.askedAtMs - b.due.askedAtMs || compareCodePoints(a.due.predictionId, b.due.predictionId);

/** When a line's window closes. */
export const closesAtMs = ({ due }: MemoryLine): number => due.asOfMs + due.horizonMs;

/** The earliest `asOfMs`; infinite where there are no lines. */
export const oldestAsOfMs = (lines: MemoryLines): number =>
  lines.values().reduce((least, { due }) => Math.min(least, due.asOfMs), Number.POSITIVE_INFINITY);

/** Whether a line is one that a query asks for; its tenant apart. */
export const isAsked = (
  { bytes, due, versions }: MemoryLine,
  { fromMs = -Infinity, untilMs = Infinity, target, labelled, decided }: PredictionQuery,
): boolean =>
  due.askedAtMs >= fromMs &&
  due.askedAtMs < untilMs &&
  (target === undefined || due.target === target) &&
  (labelled !== true || versions.length > 0) &&
  (decided !== true || (bytes[decidedAt.byte]! & decidedAt.bit) !== 0);

/** Removes the wanted lines, the first asked first, at most so many. */
export function removeLines(lines: MemoryLines, isWanted: (line: MemoryLine) => boolean, limit = Number.POSITIVE_INFINITY) {
  const gone = { predictions: 0, labels: 0 };
  for (const [key, line] of [...lines].sort(([, a], [, b]) => byTime(a, b))) {
    if (gone.predictions >= limit || !isWanted(line)) continue;
    lines.delete(key);
    gone.predictions++;
    gone.labels += line.versions.length;
  }
  return gone;
}
