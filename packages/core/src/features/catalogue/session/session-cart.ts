import { defineAccumulator } from '../../feature.ts';
import { lineUnits, priceCents } from '../amounts.ts';

// Further lines of a larger cart are not looked at.
const MAX_LINES = 64;

/** One line of a cart. */
export interface CartLine {
  readonly itemId: string;
  units: number;
  /** Of one unit, as last seen; 0 = unknown. */
  cents: number;
}

/** What lies in the cart, as far as this session's events say. */
export const sessionCart = defineAccumulator<CartLine[]>({
  name: 'session_cart',
  entity: 'session',
  start: () => [],
  fold(lines, { event, items }) {
    if (event === 'add_to_cart') for (const line of items) put(lines, line.itemId, lineUnits(line), priceCents(line.price));
    else if (event === 'remove_from_cart') for (const line of items) take(lines, line.itemId, lineUnits(line));
    else if (event === 'purchase') {
      if (items.length === 0) lines.length = 0;
      for (const line of items) take(lines, line.itemId, Number.POSITIVE_INFINITY);
    }
    return lines;
  },
  join(earlier, later) {
    for (const line of later) put(earlier, line.itemId, line.units, line.cents);
    return earlier;
  },
});

function put(lines: CartLine[], itemId: string, units: number, cents: number): void {
  const known = lines.find((line) => line.itemId === itemId);
  if (known !== undefined) {
    known.units += units;
    if (cents > 0) known.cents = cents;
  } else if (lines.length < MAX_LINES) {
    lines.push({ itemId, units, cents });
  }
}

function take(lines: CartLine[], itemId: string, units: number): void {
  const index = lines.findIndex((line) => line.itemId === itemId);
  if (index < 0) return;
  lines[index]!.units -= units;
  if (lines[index]!.units <= 0) lines.splice(index, 1);
}
