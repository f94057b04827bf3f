/** How a guardrail stands. `broken`: it is proven to have fallen by more than it may; `held`: it is proven not to have; `open`: neither yet. */
export type GuardrailStand = 'broken' | 'held' | 'open';

/**
 * Holds a metric to its non-inferiority bound: it may fall by `maxDrop` of the control's mean (in [0, 1]; 0 = not at all) and no more.
 * @param change [value, low, high] of the relative lift, at a confidence that holds for as many looks as are taken; positive = better.
 * Broken where the whole interval lies beyond the bound (high < −maxDrop): a fall that is real but borne breaks nothing, nor does a large one that chance may
 * have made. Held where the whole interval lies within it (low ≥ −maxDrop), which is what a test of non-inferiority asks. An open guardrail stops nobody.
 */
export function guardrailStand(change: readonly [value: number, low: number, high: number], maxDrop: number): GuardrailStand {
  const [, low, high] = change;
  return high < -maxDrop ? 'broken' : low >= -maxDrop ? 'held' : 'open';
}
