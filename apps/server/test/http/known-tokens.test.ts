import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type KnownTokens, rememberTokens } from '../../src/http/auth/known-tokens.ts';
import { audience, issuer, tokenVerifier, type VerifyToken } from '../../src/http/auth/tokens.ts';

const secret = new TextEncoder().encode('k3J9-aVq7_Zw2xYt5RbN8mLc4HsDf6Gp');
const keys = { kind: 'secret', secret } as const;
const start = 1_800_000_000;

/** What each token says of its time, seconds from the start. */
const lives = [
  { iat: 0, exp: 20 },
  { iat: 0, exp: 500 },
  { iat: 100, exp: 300 },
  { iat: 0, nbf: 90, exp: 400 },
] as const;
const tokens = await Promise.all(
  lives.map((life, index) => {
    const at = Object.fromEntries(Object.entries(life).map(([name, seconds]) => [name, start + seconds]));
    return new SignJWT({ sub: `s${index}`, role: 'viewer', iss: issuer, aud: audience, ...at })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(secret);
  }),
);

const said = (verify: VerifyToken, token: string): Promise<string> =>
  Promise.resolve(verify(token)).then(
    ({ subject }) => subject,
    () => 'refused',
  );

/** A caller comes with a token, or with one whose signature was changed, at a moment of a clock that may jump. */
const histories = fc.array(
  fc.record({ which: fc.nat(lives.length - 1), second: fc.integer({ min: -60, max: 600 }), forged: fc.boolean() }),
  { minLength: 1, maxLength: 30 },
);

/** Whether a verifier that remembers says at every step what one that remembers nothing says. */
const law = (open: (now: () => number) => VerifyToken) =>
  fc.asyncProperty(histories, async (history) => {
    let nowMs = 0;
    const remembering = open(() => nowMs);
    for (const { which, second, forged } of history) {
      nowMs = (start + second) * 1_000;
      const token = forged ? `${tokens[which]!.slice(0, -6)}AAAAAA` : tokens[which]!;
      expect(await said(remembering, token)).toBe(
        await said(
          tokenVerifier(keys, () => nowMs),
          token,
        ),
      );
    }
  });

describe('remembered tokens', () => {
  it('say what a check of everything says, whatever the clock does', async () => {
    await fc.assert(
      law((now) => tokenVerifier(keys, now)),
      { numRuns: 60 },
    );
  });

  it('are caught where their end is not looked at', async () => {
    const careless = (now: () => number): VerifyToken => {
      const known = new Map<string, Awaited<ReturnType<VerifyToken>>>();
      const check = tokenVerifier(keys, now);
      return async (token) => {
        const caller = known.get(token) ?? (await check(token));
        known.set(token, caller);
        return caller;
      };
    };
    const found = await fc.check(law(careless), { numRuns: 60, seed: 7 });
    expect(found.failed).toBe(true);
  });

  it('are answered without a promise, and no more of them than asked for', async () => {
    const verify = tokenVerifier(keys, () => (start + 10) * 1_000);
    expect(verify(tokens[0]!)).toBeInstanceOf(Promise);
    await verify(tokens[0]!);
    expect(verify(tokens[0]!)).toEqual({ subject: 's0', role: 'viewer' });

    const known: KnownTokens = rememberTokens({ most: 2, leewaySeconds: 30 });
    const good = { caller: { subject: 's', role: 'viewer' }, expiresAt: 2_000 } as const;
    for (const token of ['a', 'b', 'c']) known.keep(token, good, 1_000);
    expect(['a', 'b', 'c'].map((token) => known.find(token, 1_500) !== undefined)).toEqual([false, true, true]);
    expect(known.find('b', 61_000)).toBeUndefined();
  });
});
