import type { SlotOf } from './compile-expression.ts';

/** Gives each fact a place in the activation, in the order in which facts are first asked for. */
export interface Slots {
  readonly slotOf: SlotOf;
  /** The facts that have a place, by slot. */
  readonly names: readonly string[];
}

/** Opens an empty order of slots. */
export function openSlots(): Slots {
  const names: string[] = [];
  const slots = new Map<string, number>();
  return {
    names,
    slotOf(name) {
      const known = slots.get(name);
      if (known !== undefined) return known;
      slots.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}
