import type { Interval } from '../../learning/metric.ts';
import { orderDescending } from '../../scoring/order-descending.ts';
import { meanInterval } from './mean-interval.ts';

/** Units whose predicted effects lie next to each other: what was predicted, and what the experiment says of them. */
export interface EffectBin {
  readonly units: number;
  readonly predicted: number;
  /** Mean of the doubly robust effects, 95 %. */
  readonly found: Interval;
}

/** Calibration of effects: bins of as many units each, the largest predicted effects first. Fewer units than bins: a bin a unit. */
export function effectBins(predicted: ArrayLike<number>, effects: ArrayLike<number>, bins = 10): EffectBin[] {
  const order = orderDescending(predicted);
  const made = Math.min(bins, order.length);
  return Array.from({ length: made }, (_, bin) => {
    const units = order.subarray(Math.floor((bin * order.length) / made), Math.floor(((bin + 1) * order.length) / made));
    return {
      units: units.length,
      predicted: meanInterval(units.length, (i) => predicted[units[i]!]!).value,
      found: meanInterval(units.length, (i) => effects[units[i]!]!),
    };
  });
}
