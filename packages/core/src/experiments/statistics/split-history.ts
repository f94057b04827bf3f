import { leftOut } from './moments.ts';
import { lookAtSplit, noLooks, type SplitLooks, type SplitWatch } from './srm-sequential.ts';

const dayMs = 86_400_000;

/** The looks that a daily watch would have had, and the day (from 1) of its first alarm; undefined where exposures have no times. */
export function splitHistory(
  arm: Uint8Array,
  exposedAtMs: Float64Array,
  weights: readonly number[],
  watch: SplitWatch,
): (SplitLooks & { readonly firstAlarmDay?: number }) | undefined {
  const days = dailyCounts(arm, exposedAtMs, weights.length);
  if (days === undefined) return undefined;
  const counts = weights.map(() => 0);
  let looks = noLooks;
  let firstAlarmDay: number | undefined;
  for (const [day, added] of days.entries()) {
    for (const [at, count] of added.entries()) counts[at]! += count;
    looks = lookAtSplit(looks, counts, weights, watch);
    if (looks.isAlarm) firstAlarmDay ??= day + 1;
  }
  return { ...looks, ...(firstAlarmDay !== undefined && { firstAlarmDay }) };
}

const MOST_DAYS = 10_000;

/** Units exposed on each day (24 hours from the first exposure), by arm. */
function dailyCounts(arm: Uint8Array, exposedAtMs: Float64Array, arms: number): number[][] | undefined {
  const span = exposureSpan(arm, exposedAtMs);
  if (span === undefined || span.untilMs - span.fromMs > MOST_DAYS * dayMs) return undefined;
  const days = Array.from({ length: Math.floor((span.untilMs - span.fromMs) / dayMs) + 1 }, () =>
    new Array<number>(arms).fill(0),
  );
  for (let row = 0; row < arm.length; row++) {
    const of = arm[row]!;
    if (of !== leftOut) days[Math.floor((exposedAtMs[row]! - span.fromMs) / dayMs)]![of]!++;
  }
  return days;
}

/** First and last exposure of the rows that count; undefined where there is none or one has no time. */
export function exposureSpan(arm: Uint8Array, exposedAtMs: Float64Array): { fromMs: number; untilMs: number } | undefined {
  let fromMs = Number.POSITIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < arm.length; row++) {
    if (arm[row] === leftOut) continue;
    const at = exposedAtMs[row]!;
    if (Number.isNaN(at)) return undefined;
    fromMs = Math.min(fromMs, at);
    untilMs = Math.max(untilMs, at);
  }
  return untilMs >= fromMs ? { fromMs, untilMs } : undefined;
}
