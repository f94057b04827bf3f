import type { LabelDue, PredictionLog } from '../ports/prediction-log.ts';
import { decideLabels, type LabelMoment } from './decide-labels.ts';
import { readHousehold } from './household.ts';

/** What a run did. */
export interface LabelRun {
  /** Predictions looked at. */
  readonly looked: number;
  /** Label versions added. */
  readonly decided: number;
  /** Whether something was left for the next run. */
  readonly more: boolean;
}

export interface LabelRunOptions extends LabelMoment {
  /** Predictions decided in one step of the store; default 500. */
  readonly batch?: number;
  /** Steps of one run at most; default: until nothing is due. */
  readonly steps?: number;
  /** Called between two steps, so that others get their turn. */
  readonly pause?: () => Promise<void>;
}

const shopperKey = ({ tenant, shopper }: LabelDue): string => JSON.stringify([tenant, shopper]);

/** Looks at what is due, once; answers how many were due and how many versions were added. */
async function step(log: PredictionLog, at: LabelMoment, limit: number): Promise<{ looked: number; decided: number }> {
  const due = await log.due({ ...at, limit });
  const decisions = [];
  for (const ofShopper of Map.groupBy(due, shopperKey).values()) {
    const { tenant, shopper } = ofShopper[0]!;
    const fromMs = ofShopper.reduce((least, { asOfMs }) => Math.min(least, asOfMs), Number.POSITIVE_INFINITY);
    const outcomes = [...(await readHousehold(log, tenant, shopper, fromMs)).values()].flat();
    decisions.push(...decideLabels(ofShopper, outcomes, at));
  }
  return { looked: due.length, decided: decisions.length === 0 ? 0 : await log.decide(decisions) };
}

/**
 * Decides every label that is due at a moment. Each step is one transaction of the log and begins with what is due then: killed anywhere, the next
 * run goes on where this one was, and two at the same time give each prediction one label.
 */
export async function runLabels(log: PredictionLog, options: LabelRunOptions): Promise<LabelRun> {
  const { batch = 500, steps = Number.POSITIVE_INFINITY, pause = async () => {}, nowMs, refundWindowMs } = options;
  let [looked, decided, taken] = [0, 0, 0];
  for (;;) {
    if (taken++ >= steps) return { looked, decided, more: true };
    const one = await step(log, { nowMs, refundWindowMs }, batch);
    looked += one.looked;
    decided += one.decided;
    if (one.looked === 0) return { looked, decided, more: false };
    await pause();
  }
}
