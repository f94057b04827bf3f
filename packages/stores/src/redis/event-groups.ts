import type { ShopEvent } from '@tillcast/core/events/event';

/** Events that must be handed over together, because the shoppers they concern depend on each other. */
export interface EventGroup {
  readonly shoppers: readonly string[];
  /** In the order given. */
  readonly events: readonly ShopEvent[];
}

/** Puts events whose shoppers meet into one group; groups share no shopper. */
export function groupEvents(events: readonly ShopEvent[], concerns: (event: ShopEvent) => readonly string[]): EventGroup[] {
  const parent = new Map<string, string>();
  const find = (shopper: string): string => {
    const above = parent.get(shopper) ?? shopper;
    if (above === shopper) return shopper;
    const top = find(above);
    parent.set(shopper, top);
    return top;
  };
  const concerned = events.map(concerns);
  for (const shoppers of concerned) {
    for (const shopper of shoppers) {
      if (!parent.has(shopper)) parent.set(shopper, shopper);
      parent.set(find(shopper), find(shoppers[0]!));
    }
  }
  const groups = new Map<string, { shoppers: string[]; events: ShopEvent[] }>();
  for (const shopper of parent.keys()) {
    const top = find(shopper);
    const group = groups.get(top);
    if (group === undefined) groups.set(top, { shoppers: [shopper], events: [] });
    else group.shoppers.push(shopper);
  }
  events.forEach((event, index) => void groups.get(find(concerned[index]![0]!))!.events.push(event));
  return [...groups.values()];
}
