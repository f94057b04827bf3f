import { boundedMap } from '../../features/bounded-map.ts';
import type { Cap } from './rule.ts';

/** Remembers when shoppers were told, as far as caps need it. */
export interface Told {
  /** Whether a shopper may be told at a moment (epoch ms, not falling); if so, it counts as told. */
  mayTell(shopper: string, rule: string, cap: Cap, nowMs: number): boolean;
  /** Takes moments at which somebody else told a shopper of a rule; those known already count once. */
  learn(shopper: string, rule: string, momentsMs: readonly number[]): void;
  /** Forgets a shopper. */
  forget(shopper: string): void;
  readonly shoppers: number;
}

/** Moments of both, the oldest first; one that both know counts as often as it does for whom it does oftener. */
function together(own: readonly number[], others: readonly number[]): number[] {
  const rest = [...own];
  const unknown = others.filter((moment) => {
    const at = rest.indexOf(moment);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [...own, ...unknown].sort((a, b) => a - b);
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
    learn(shopper, rule, momentsMs) {
      const rules = told.get(shopper) ?? told.set(shopper, new Map());
      rules.set(rule, together(rules.get(rule) ?? [], momentsMs));
    },
    forget: (shopper) => told.delete(shopper),
    get shoppers() {
      return told.size;
    },
  };
}
