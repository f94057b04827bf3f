import { guardrailStand } from './guardrail.ts';

/** A guardrail with its figures: the relative lift of its metric, [value, low, high], always valid; undefined = not measurable yet. */
export interface GuardrailState {
  readonly metric: string;
  readonly maxDrop: number;
  readonly lift: readonly [value: number, low: number, high: number] | undefined;
}

/** What a safe rollout is decided upon. */
export interface RolloutState {
  /** Shares of all units that are treated, climbing. */
  readonly steps: readonly number[];
  /** The share that is treated now. */
  readonly share: number;
  readonly stepStartedMs: number;
  readonly stepMs: number;
  readonly nowMs: number;
  readonly isSplitWrong: boolean;
  readonly guardrails: readonly GuardrailState[];
}

/** What to do with a rollout, and why. */
export type RolloutMove =
  | { readonly kind: 'stay' }
  | { readonly kind: 'forward'; readonly share: number; readonly why: string }
  | { readonly kind: 'back'; readonly why: string };

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

const isBroken = ({ lift, maxDrop }: GuardrailState): boolean => lift !== undefined && guardrailStand(lift, maxDrop) === 'broken';

/** The next move: back at once where the split is wrong or a guardrail is broken (`guardrailStand`), forward where the step has lasted, else none. */
export function decideRollout(state: RolloutState): RolloutMove {
  const { steps, share, stepStartedMs, stepMs, nowMs, isSplitWrong, guardrails } = state;
  if (isSplitWrong)
    return { kind: 'back', why: 'the split is not the designed one (sample ratio mismatch): its figures cannot be trusted' };
  const broken = guardrails.find(isBroken);
  if (broken !== undefined)
    return {
      kind: 'back',
      why: `the guardrail ${broken.metric} fell by ${percent(-broken.lift![0])} (at least ${percent(-broken.lift![2])}); ${percent(broken.maxDrop)} is borne`,
    };
  const next = steps.find((step) => step > share + 1e-9);
  if (next === undefined || nowMs - stepStartedMs < stepMs) return { kind: 'stay' };
  return { kind: 'forward', share: next, why: `the step of ${percent(share)} held; next ${percent(next)}` };
}
