import type { Tellings } from '@tillcast/core/ports/tellings';

interface Telling {
  readonly rule: string;
  readonly atMs: number;
  readonly endsMs: number;
}

/** Keeps tellings in this process; `others` of the same state are views of other processes. `now` is a clock of ms that does not fall. */
export function memoryTellings(now: () => number): { readonly view: () => Tellings } {
  const state = new Map<string, Map<string, Telling>>();
  let views = 0;
  return {
    view() {
      const by = views++;
      return {
        async recall(shopper) {
          const told = new Map<string, number[]>();
          const found = [...(state.get(shopper)?.values() ?? [])].filter(({ endsMs }) => endsMs > now());
          for (const { rule, atMs } of found.toSorted((a, b) => a.atMs - b.atMs))
            told.set(rule, [...(told.get(rule) ?? []), atMs]);
          return told;
        },
        async tell(shopper, rule, atMs, keepMs) {
          const tellings = state.get(shopper) ?? new Map<string, Telling>();
          state.set(shopper, tellings.set(JSON.stringify([rule, atMs, by]), { rule, atMs, endsMs: now() + keepMs }));
        },
        async forget(shopper) {
          state.delete(shopper);
        },
      };
    },
  };
}
