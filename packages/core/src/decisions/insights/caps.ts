import { boundedMap } from '../../features/bounded-map.ts';
import type { Cap } from './rule.ts';

/** Remembers when shoppers were told, as far as caps need it. */
export interface Told {
  /** Whether a shopper may be told at a moment (epoch ms, not falling); if so, it counts as told. */
  mayTell(shopper: string, rule: string, cap: Cap, nowMs: number): boolean;
  /** Forgets a shopper. */
  forget(shopper: string): void;
  readonly shoppers: number;
}

const defaultShoppers = 200_000;

/**
 * Opens an empty memory of at most `maxShoppers`; those told longest ago are forgotten first, and may then be told again. In any span of `withinMs`
 * a shopper who is remembered is told at most `times`.
 */
export function openTold(maxShoppers = defaultShoppers): Told {
  // By shopper: the rule, and the moments it spoke in the last span, oldest first.
  const told = boundedMap<Map<string, number[]>>(maxShoppers);
  return {
    mayTell(shopper, rule, { times, withinMs }, nowMs) {
      const rules = told.get(shopper) ?? told.set(shopper, new Map());
      const moments = (rules.get(rule) ?? []).filter((atMs) => atMs > nowMs - withinMs);
      const may = moments.length < times;
      if (may) moments.push(nowMs);
      rules.set(rule, moments);
      return may;
    },
    forget: (shopper) => told.delete(shopper),
    get shoppers() {
      return told.size;
    },
  };
}
