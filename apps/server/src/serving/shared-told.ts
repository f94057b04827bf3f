import type { Told } from '@tillcast/core/decisions/insights/caps';
import type { Tellings } from '@tillcast/core/ports/tellings';

/** Who was told what, of this process and, where they share it, of the others. */
export interface SharedTold extends Told {
  /** Brings here what others told these shoppers; absent: nobody else tells. Never rejects. */
  readonly recall?: (shoppers: readonly string[]) => Promise<void>;
  /** Resolves when a shopper is forgotten by the others too. */
  readonly forgetEverywhere?: (shopper: string) => Promise<void>;
}

/** Shares a memory of tellings: what others told is asked for with what they know of a shopper, what is told here is told to them behind the answer. */
export const shareTold = (told: Told, tellings: Tellings): SharedTold => ({
  mayTell(shopper, rule, cap, nowMs) {
    const may = told.mayTell(shopper, rule, cap, nowMs);
    if (may) void tellings.tell(shopper, rule, nowMs, cap.withinMs);
    return may;
  },
  learn: told.learn,
  forget: told.forget,
  get shoppers() {
    return told.shoppers;
  },
  async recall(shoppers) {
    await Promise.all(
      [...new Set(shoppers)].map(async (shopper) => {
        for (const [rule, moments] of await tellings.recall(shopper)) told.learn(shopper, rule, moments);
      }),
    );
  },
  forgetEverywhere: tellings.forget,
});
