import type { ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { type BgNbd, expectedOrders } from '@tillcast/core/decisions/segments/lifetime-value';
import { purchasesOf } from '@tillcast/core/decisions/segments/purchases';
import { openTableWriter } from '../exporting/table-writer.ts';

const dayMs = 86_400_000;

/** Writes the buyers of some ledgers as of a moment for the trainer: one row a buyer, days and currency. Answers how many. */
export async function writeBuyers(file: string, ledgers: ReadonlyMap<string, ShopperLedger>, asOfMs: number): Promise<number> {
  const writer = openTableWriter(file, { repeats: 'DOUBLE', last_day: 'DOUBLE', age: 'DOUBLE', mean_value: 'DOUBLE' });
  let buyers = 0;
  try {
    for (const ledger of ledgers.values()) {
      const purchases = purchasesOf(ledger, asOfMs);
      if (purchases === undefined) continue;
      const { repeats, lastDay, age, meanValue } = purchases;
      writer.write({ repeats, last_day: lastDay, age, mean_value: meanValue });
      buyers++;
    }
    await writer.finish();
  } finally {
    writer.abandon();
  }
  return buyers;
}

/** Days with an order that parameters of an earlier moment expected of the days since, and those that happened; of who had bought by then. */
export function compareHoldout(
  ledgers: ReadonlyMap<string, ShopperLedger>,
  model: BgNbd,
  { fromMs, days }: { readonly fromMs: number; readonly days: number },
): { readonly expected: number; readonly happened: number } {
  const from = Math.floor(fromMs / dayMs);
  let [expected, happened] = [0, 0];
  for (const ledger of ledgers.values()) {
    const purchases = purchasesOf(ledger, fromMs);
    if (purchases === undefined) continue;
    expected += expectedOrders(model, purchases, days);
    happened += ledger.orderDays.filter((day) => day > from && day <= from + days).length;
  }
  return { expected, happened };
}
