import type { Caller } from './caller.ts';

/** A token whose signature and claims were found good, with the instants it says of itself, seconds since 1970. */
export interface GoodToken {
  readonly caller: Caller;
  readonly expiresAt: number;
  readonly notBefore?: number | undefined;
  readonly issuedAt?: number | undefined;
}

/** Tokens that were checked a moment ago. */
export interface KnownTokens {
  /** Who a token speaks for, where it was found good lately and its own time has come and not passed; undefined = check it. */
  find(token: string, nowMs: number): Caller | undefined;
  keep(token: string, good: GoodToken, nowMs: number): void;
}

export interface KnownTokensSettings {
  /** Tokens remembered; one more forgets the one checked longest ago. */
  readonly most?: number;
  /** How long a check is good for, ms. */
  readonly trustMs?: number;
  /** How far the clocks of issuer and server may differ, seconds. */
  readonly leewaySeconds: number;
}

/**
 * Remembers good tokens by their whole text, so that a credential that asks ten thousand times a second is checked once a minute: what is compared is
 * the text itself, never a digest or a claim of it, so no token can stand for another. Only good ones are kept: a bad token is checked, and costs its
 * sender, every time. What a token says of its time is looked at on every use, and a clock that was set back sends it to the full check.
 */
export function rememberTokens({ most = 1_000, trustMs = 60_000, leewaySeconds }: KnownTokensSettings): KnownTokens {
  const known = new Map<string, GoodToken & { readonly checkedAtMs: number }>();
  return {
    find(token, nowMs) {
      const good = known.get(token);
      if (good === undefined) return undefined;
      const age = nowMs - good.checkedAtMs;
      const second = nowMs / 1_000;
      const isTimely =
        age >= 0 &&
        age < trustMs &&
        second < good.expiresAt &&
        (good.notBefore === undefined || good.notBefore <= second + leewaySeconds) &&
        (good.issuedAt === undefined || good.issuedAt <= second + leewaySeconds);
      if (isTimely) return good.caller;
      known.delete(token);
      return undefined;
    },
    keep(token, good, nowMs) {
      known.delete(token);
      known.set(token, { ...good, checkedAtMs: nowMs });
      if (known.size > most) known.delete(known.keys().next().value!);
    },
  };
}
