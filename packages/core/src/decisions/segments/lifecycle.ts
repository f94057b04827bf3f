import type { ShopperLedger } from './ledger.ts';

/** Where a shopper stands. Every shopper is in exactly one. */
export const lifecycles = ['visitor', 'new', 'active', 'won_back', 'at_risk', 'lost'] as const;
export type Lifecycle = (typeof lifecycles)[number];

/** After how many days without an order a buyer counts as at risk, and as lost; the second is greater. */
export interface LifecycleBounds {
  readonly atRiskDays: number;
  readonly lostDays: number;
}

export const defaultLifecycle: LifecycleBounds = { atRiskDays: 60, lostDays: 180 };

const dayMs = 86_400_000;

/**
 * visitor: never ordered. lost, at_risk: so long without an order. Of those who ordered lately: won_back, where the pause before the last order day had
 * made them lost; new, where there was one order day; active otherwise.
 */
export function lifecycleOf(ledger: ShopperLedger, asOfMs: number, { atRiskDays, lostDays }: LifecycleBounds): Lifecycle {
  if (ledger.orders === 0) return 'visitor';
  const days = (asOfMs - ledger.lastOrderMs) / dayMs;
  if (days >= lostDays) return 'lost';
  if (days >= atRiskDays) return 'at_risk';
  const { orderDays } = ledger;
  if (orderDays.length === 1) return 'new';
  return orderDays.at(-1)! - orderDays.at(-2)! >= lostDays ? 'won_back' : 'active';
}
