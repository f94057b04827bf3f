import { type Assignment, assign, isHeldOut, type Split } from '@tillcast/core/experiments/assign';
import { chiSquaredUpper } from '@tillcast/core/experiments/statistics/special/chi-squared';
import { normalUpper } from '@tillcast/core/experiments/statistics/special/normal';
import { openTargeting } from '@tillcast/core/experiments/targeting';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';

const isLong = process.env.TILLCAST_LONG === '1';
const designs = isLong ? 2_000 : 300;
const peopleADesign = 1_500;

/** A design by lot: weights, slices of layers, whom it means, and a share that rises in steps while it runs. */
function designOf(random: Random, name: string) {
  const weights = Array.from({ length: 2 + Math.floor(random.uniform() * 3) }, () => 0.05 + random.uniform());
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const steps = [0, random.uniform(), random.uniform()].sort((a, b) => a - b);
  const shares = steps.map(() => 0.02 + 0.98 * random.uniform()).sort((a, b) => a - b);
  const from = random.uniform() / 2;
  const split: Split = {
    ...{ salt: name, exposureShare: 1, holdout: { name: `${name}-holdout`, share: 0.05 + 0.4 * random.uniform() } },
    variants: weights.map((_, v) => ({ name: `v${v}` })),
    weights: weights.map((weight) => weight / sum),
    layers: random.uniform() < 0.5 ? [] : [{ layer: `${name}-layer`, from, to: from + 0.2 + 0.3 * random.uniform() }],
  };
  const isTargeted = openTargeting({
    ...{ kind: 'compare', operator: '>' },
    ...{ left: { kind: 'fact', name: 'price' }, right: { kind: 'value', value: 60 * random.uniform() } },
  });
  const at = (moment: number): Split => ({ ...split, exposureShare: shares[steps.findLastIndex((step) => step <= moment)]! });
  return { at, isTargeted, holdout: split.holdout! };
}

/** Who was counted on each side: their first moment, and how often they come. */
interface Counted {
  readonly held: { readonly moment: number; readonly visits: number }[];
  readonly exposed: { readonly moment: number; readonly visits: number }[];
  readonly heldShare: number;
}

type Assign = (split: Split, unit: string) => Assignment;

/** People who come now and then, some often; whoever is counted once stays so, as exposures are remembered. */
function run(name: string, asked: Assign): Counted {
  const random = openRandom(name);
  const { at, isTargeted, holdout } = designOf(random, name);
  const counted: Counted = { held: [], exposed: [], heldShare: holdout.share };
  for (let n = 0; n < peopleADesign; n++) {
    const visits = Array.from({ length: 1 + Math.floor(4 * random.uniform() ** 2) }, () => random.uniform()).sort(
      (a, b) => a - b,
    );
    for (const moment of visits) {
      if (!isTargeted({ price: 100 * random.uniform() })) continue;
      const { variant, reason } = { reason: undefined, ...asked(at(moment), `u:${n}`) };
      if (variant === undefined && reason !== 'held_out') continue;
      counted[variant === undefined ? 'held' : 'exposed'].push({ moment, visits: visits.length });
      break;
    }
  }
  return counted;
}

const twoSided = (z: number): number => 2 * normalUpper(Math.abs(z));

/** The sample ratio test: as many held out as the holdout's share says, of all who were counted. */
function ratioP({ held, exposed, heldShare }: Counted): number {
  const all = held.length + exposed.length;
  const expected = all * heldShare;
  return chiSquaredUpper((held.length - expected) ** 2 / expected + (held.length - expected) ** 2 / (all - expected), 1);
}

/** Whether both sides are the same people: equal means of what was fixed before any treatment. */
function sameP({ held, exposed }: Counted, of: (one: Counted['held'][number]) => number): number {
  const moments = [held, exposed].map((side) => {
    const values = side.map(of);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, error: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length ** 2 };
  });
  const [a, b] = [moments[0]!, moments[1]!];
  return twoSided((a.mean - b.mean) / Math.sqrt(a.error + b.error));
}

/** Share of designs whose test rings at 5 %; by chance .05 ± .013 (one standard deviation, 300 designs). */
const rings = (values: readonly number[]): number => values.filter((p) => p < 0.05).length / values.length;
const nominal = 0.05 + 4 * Math.sqrt((0.05 * 0.95) / designs);

/** The order that biases: the holdout asked first, whoever takes part. */
const holdoutFirst: Assign = (split, unit) => {
  const { holdout, ...without } = split;
  return isHeldOut(holdout!, unit) ? { variant: undefined, reason: 'held_out', wouldBe: 'v0' } : assign(without, unit);
};

describe('a holdout', () => {
  const each = (asked: Assign): Counted[] =>
    Array.from({ length: designs }, (_, d) => run(`design-${d}`, asked)).filter(
      ({ held, exposed }) => held.length > 20 && exposed.length > 20,
    );

  it('holds out its share of whoever would be exposed, at the same moment, whatever weights, shares, targeting and layers', () => {
    const counted = each(assign);
    expect(counted.length).toBeGreaterThan(designs / 3);
    expect(rings(counted.map(ratioP))).toBeLessThanOrEqual(nominal);
    expect(rings(counted.map((one) => sameP(one, ({ moment }) => moment)))).toBeLessThanOrEqual(nominal);
    expect(rings(counted.map((one) => sameP(one, ({ visits }) => visits)))).toBeLessThanOrEqual(nominal);
  });

  it('planted: asked before layers and share, it is too large, earlier, and of people who come more seldom', () => {
    const counted = each(holdoutFirst);
    expect(rings(counted.map(ratioP))).toBeGreaterThan(0.9);
    expect(rings(counted.map((one) => sameP(one, ({ moment }) => moment)))).toBeGreaterThan(0.5);
    expect(rings(counted.map((one) => sameP(one, ({ visits }) => visits)))).toBeGreaterThan(0.12);
  });

  it('holds nobody out who would take no part, and names the variant that whoever it holds out would have', () => {
    const { at, holdout } = designOf(openRandom('names'), 'names');
    const split = at(0.9);
    const { holdout: _, ...without } = split;
    for (let n = 0; n < 2_000; n++) {
      const [kept, free] = [assign(split, `u:${n}`), assign(without, `u:${n}`)];
      if (kept.variant === undefined && kept.reason === 'held_out') {
        expect(isHeldOut(holdout, `u:${n}`)).toBe(true);
        expect(kept.wouldBe).toBe(free.variant);
      } else expect(kept).toEqual(free);
    }
  });
});
