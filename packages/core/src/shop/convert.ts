import type { ShopSettings } from './settings.ts';

/** An amount of a currency in the shop's own, at the rate of a moment; undefined = the shop's table does not say. Without a currency it is the shop's own. */
export type Convert = (amount: number, currency: string | undefined, atMs: number) => number | undefined;

/** Where the shop names no currency, amounts are taken as they are given. */
export const asGiven: Convert = (amount) => amount;

/** Conversion by the shop's table. Before the first rate of a currency, that one holds. */
export function openConvert({ currency: own, rates }: ShopSettings): Convert {
  if (own === undefined) return asGiven;
  return (amount, currency, atMs) => {
    if (currency === undefined || currency === own) return amount;
    const table = rates.get(currency);
    if (table === undefined) return undefined;
    const { rate } = table.findLast(({ fromMs }) => fromMs <= atMs) ?? table[0]!;
    return amount * rate;
  };
}
