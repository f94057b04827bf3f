import type { ShopperLedger } from './ledger.ts';
import type { Purchases } from './lifetime-value.ts';

const dayMs = 86_400_000;

/** The purchases of a buyer as the models of lifetime value see them, as of a moment: whole days (UTC), values in the shop's currency. Undefined: none yet. */
export function purchasesOf({ orderDays, dayCents }: ShopperLedger, asOfMs: number): Purchases | undefined {
  const today = Math.floor(asOfMs / dayMs);
  const count = orderDays.findLastIndex((day) => day <= today) + 1;
  if (count === 0) return undefined;
  const first = orderDays[0]!;
  const repeats = count - 1;
  const repeatCents = dayCents.slice(1, count).reduce((sum, cents) => sum + cents, 0);
  return {
    repeats,
    lastDay: orderDays[count - 1]! - first,
    age: today - first,
    meanValue: repeats === 0 ? 0 : repeatCents / repeats / 100,
  };
}
