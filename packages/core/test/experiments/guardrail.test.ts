import { guardrailStand } from '@tillcast/core/experiments/guardrail';
import { compare } from '@tillcast/core/experiments/statistics/compare';
import { proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { sequentialTest } from '@tillcast/core/experiments/statistics/sequential';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Interval = readonly [value: number, low: number, high: number];
type Stand = (change: Interval, maxDrop: number) => string;

const interval = fc
  .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([value, half]): Interval => [value, value - half, value + half]);
const bound = fc.double({ min: 0, max: 1, noNaN: true });

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
const runs = 400;
const looks = 14;
const unitsALook = 2_000;
const maxDrop = 0.05;

/** Share of experiments of a true change that a rule ever calls broken, looking every day for two weeks. */
function everBroken(trueChange: number, stand: Stand): number {
  const random = openRandom(`guardrail ${trueChange}`);
  const rates = [0.2, 0.2 * (1 + trueChange)];
  const test = sequentialTest(0.05, { kind: 'two_peak', plannedUnits: 2 * looks * unitsALook });
  let broken = 0;
  for (let run = 0; run < runs; run++) {
    const bought = [0, 0];
    for (let look = 1; look <= looks; look++) {
      for (const [arm, rate] of rates.entries())
        bought[arm]! += Math.round(unitsALook * rate + normal(random) * Math.sqrt(unitsALook * rate * (1 - rate)));
      const [control, treatment] = bought.map((positives) => proportionEstimate(look * unitsALook, positives));
      if (stand(compare(control!, treatment!, test).relativeLift!, maxDrop) === 'broken') {
        broken++;
        break;
      }
    }
  }
  return broken / runs;
}

describe('a guardrail', () => {
  it('is broken, held or open, by its whole interval; a wider one decides less, a larger bound breaks less', () => {
    fc.assert(
      fc.property(interval, bound, bound, (change, one, other) => {
        const [value, low, high] = change;
        const stand = guardrailStand(change, one);
        expect(stand === 'broken').toBe(high < -one);
        expect(stand === 'held').toBe(low >= -one);
        if (guardrailStand([value, low - 0.1, high + 0.1], one) !== 'open')
          expect(guardrailStand([value, low - 0.1, high + 0.1], one)).toBe(stand);
        if (stand === 'broken' && other <= one) expect(guardrailStand(change, other)).toBe('broken');
      }),
    );
  });

  it('that truly fell by just what is borne is called broken in at most 5 % of experiments, looked at daily; one that fell by three times that is found', () => {
    expect(everBroken(-maxDrop, guardrailStand)).toBeLessThanOrEqual(0.05);
    expect(everBroken(-3 * maxDrop, guardrailStand)).toBeGreaterThan(0.9);
  });

  it('planted: to ask only that the fall is no chance, and that it looks larger than what is borne, stops what is borne', () => {
    const looksBroken: Stand = ([value, , high], most) => (value < -most && high < 0 ? 'broken' : 'open');
    expect(everBroken(-maxDrop, looksBroken)).toBeGreaterThan(0.25);
  });
});
