import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type { LabelDecision, LabelDue, Outcome } from '@tillcast/core/ports/prediction-log';
import { closesAtMs, lineKey, type MemoryLine, type MemoryLines } from './prediction-lines.ts';

/** What labels need of lines in this process. */
export function memoryLabels(lines: MemoryLines) {
  const outcomes = new Map<string, Outcome>();

  function insert(outcome: Outcome, refundWindowMs: number): boolean {
    const key = lineKey(outcome.tenant, outcome.eventId);
    if (outcomes.has(key)) return false;
    outcomes.set(key, structuredClone(outcome));
    for (const line of lines.values()) {
      const { tenant, shopper, asOfMs } = line.due;
      const isTheirs = tenant === outcome.tenant && shopper === outcome.shopper;
      const touches = asOfMs <= outcome.eventTimeMs && closesAtMs(line) >= outcome.eventTimeMs - refundWindowMs;
      // Lines without a label are told as well: one that is just being decided without this outcome is due again as soon as it has its label.
      if (isTheirs && touches) line.revision++;
    }
    return true;
  }

  function settle({ tenant, predictionId, revision, label, upon }: LabelDecision): boolean {
    const line = lines.get(lineKey(tenant, predictionId));
    if (line === undefined || line.versions.length !== upon) return false;
    line.examined = Math.max(line.examined, revision);
    if (label !== undefined) line.versions.push({ ...label });
    return label !== undefined;
  }

  const dueOf = ({ due, versions, revision }: MemoryLine): LabelDue => {
    const current = versions.at(-1);
    return { ...due, revision, ...(current === undefined ? {} : { current: { ...current } }) };
  };

  return {
    add: (given: readonly Outcome[], refundWindowMs: number): number =>
      given.filter((outcome) => insert(outcome, refundWindowMs)).length,
    outcomes: (tenant: string, shopper: string, fromMs: number): Outcome[] =>
      [...outcomes.values()]
        .filter((one) => one.tenant === tenant && one.shopper === shopper && one.eventTimeMs >= fromMs)
        .sort((a, b) => a.eventTimeMs - b.eventTimeMs || compareCodePoints(a.eventId, b.eventId))
        .map((outcome) => structuredClone(outcome)),
    due({ nowMs, refundWindowMs, limit }: { nowMs: number; refundWindowMs: number; limit: number }): LabelDue[] {
      const isDue = (line: MemoryLine): boolean => {
        const current = line.versions.at(-1);
        if (current === undefined) return closesAtMs(line) <= nowMs;
        return line.examined < line.revision || (!current.netFinal && closesAtMs(line) + refundWindowMs <= nowMs);
      };
      return [...lines.values()].filter(isDue).slice(0, limit).map(dueOf);
    },
    decide: (decisions: readonly LabelDecision[]): number => decisions.filter(settle).length,
    remove(isWanted: (outcome: Outcome) => boolean): number {
      const gone = [...outcomes].filter(([, outcome]) => isWanted(outcome));
      for (const [key] of gone) outcomes.delete(key);
      return gone.length;
    },
  };
}
