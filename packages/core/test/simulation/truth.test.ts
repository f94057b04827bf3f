import { describe, expect, it } from 'vitest';
import { auditShop, worstMiss } from './audit.ts';

const settings = { shoppers: 2_500, days: 60, startMs: Date.UTC(2025, 0, 6), logInShare: 0 };

describe.each([
  { name: 'as by default', seed: 11 },
  {
    name: 'with conversion drifting and half of the carts untracked',
    seed: 12,
    cartTrackedShare: 0.5,
    drift: { kind: 'conversion', fromDay: 20, factor: 2 } as const,
  },
  { name: 'with prices drifting', seed: 13, drift: { kind: 'price_level', fromDay: 20, factor: 1.5 } as const },
])('the truth is true $name', ({ name: _, ...more }) => {
  const claims = auditShop({ ...settings, ...more });

  it.each(['session', 'item'] as const)(
    '%s: purchases match the claims in every decile and in all, and a truth shifted by a fifth would not',
    (target) => {
      expect(claims[target].length).toBeGreaterThan(20_000);
      expect(claims[target].filter(({ bought }) => bought).length).toBeGreaterThan(300);
      expect(worstMiss(claims[target])).toBeLessThan(4);
      expect(worstMiss(claims[target], 1.2)).toBeGreaterThan(4);
      expect(worstMiss(claims[target], 1 / 1.2)).toBeGreaterThan(4);
    },
  );
});
