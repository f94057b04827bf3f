import type { LineItem } from '../../events/event.ts';

// Beyond these a number is a mistake, not an offer; within them, sums of cents stay exact integers.
const MAX_PRICE = 1e9;
const MAX_UNITS = 10_000;

/** A price in whole cents, so that sums are exact in any order; 0 = unknown. */
export function priceCents(price: number | undefined): number {
  return price !== undefined && price > 0 && price <= MAX_PRICE ? Math.round(price * 100) : 0;
}

/** Units of a line. */
export const lineUnits = (line: LineItem): number => Math.min(line.quantity, MAX_UNITS);

/** The broadest level of a dotted category path. */
export const topCategory = (category: string): string => category.split('.', 1)[0]!;
