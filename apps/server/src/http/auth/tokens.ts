import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { guardJson } from '../json-guard.ts';
import type { Caller } from './caller.ts';
import { rememberTokens } from './known-tokens.ts';
import { isRole, type Role } from './permissions.ts';

/** Who our tokens are from, and for whom; both fixed. */
export const issuer = 'tillcast';
export const audience = 'tillcast';

/** How far the clocks of issuer and server may differ. */
const leewaySeconds = 30;
const maxTokenLength = 8_192;

/** What tokens are checked with: one secret (HS256), or public keys (RS256, ES256). Never both. */
export type TokenKeys =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'jwks'; readonly jwks: JSONWebKeySet; readonly issuer?: string; readonly audience?: string };

/** Tells who a token speaks for, or rejects: the message says what is wrong, and nothing of the token. A promise only where it must be checked anew. */
export type VerifyToken = (token: string) => Caller | Promise<Caller>;

const optionsFor = (keys: TokenKeys, nowMs: number): JWTVerifyOptions => ({
  algorithms: keys.kind === 'secret' ? ['HS256'] : ['RS256', 'ES256'],
  issuer: (keys.kind === 'jwks' ? keys.issuer : undefined) ?? issuer,
  audience: (keys.kind === 'jwks' ? keys.audience : undefined) ?? audience,
  requiredClaims: ['exp', 'sub', 'role'],
  clockTolerance: leewaySeconds,
  currentDate: new Date(nowMs),
});

/** Headers that would let a token choose its own key or form. */
const refusedHeaders = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip'];

/** Refuses a token that says the same thing twice, before anything in it is believed. */
function guardParts(token: string): void {
  if (token.length > maxTokenLength) throw new errors.JWTInvalid('the token is too long');
  const parts = token.split('.');
  if (parts.length !== 3) throw new errors.JWTInvalid('the token does not have three parts');
  for (const part of parts.slice(0, 2)) {
    if (!/^[A-Za-z0-9_-]+$/.test(part)) throw new errors.JWTInvalid('the token is not base64url');
    guardJson(Buffer.from(part, 'base64url').toString('utf8'));
  }
  const header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString('utf8')) as Record<string, unknown>;
  const refused = refusedHeaders.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) throw new errors.JWTInvalid(`the header "${refused}" is not accepted`);
  if (header.typ !== undefined && header.typ !== 'JWT') throw new errors.JWTInvalid('the header "typ" must be JWT');
}

/**
 * A verifier: algorithm pinned by the kind of key, `exp`, `sub` and `role` required, issuer and audience fixed, at most 30 s of leeway. A token found
 * good is not checked again for a minute but for its time (`rememberTokens`).
 */
export function tokenVerifier(keys: TokenKeys, now: () => number): VerifyToken {
  const find: Uint8Array | JWTVerifyGetKey = keys.kind === 'secret' ? keys.secret : createLocalJWKSet(keys.jwks);
  const known = rememberTokens({ leewaySeconds });

  async function check(token: string, nowMs: number): Promise<Caller> {
    guardParts(token);
    const options = optionsFor(keys, nowMs);
    const { payload } =
      typeof find === 'function' ? await jwtVerify(token, find, options) : await jwtVerify(token, find, options);
    if (!isRole(payload.role)) throw new errors.JWTClaimValidationFailed('the claim "role" is no known role', payload, 'role');
    if (typeof payload.sub !== 'string' || payload.sub === '')
      throw new errors.JWTClaimValidationFailed('the claim "sub" is empty', payload, 'sub');
    if (payload.iat !== undefined && payload.iat > nowMs / 1_000 + leewaySeconds) {
      throw new errors.JWTClaimValidationFailed('the token is from the future', payload, 'iat');
    }
    const caller: Caller = { subject: payload.sub, role: payload.role };
    known.keep(token, { caller, expiresAt: payload.exp!, notBefore: payload.nbf, issuedAt: payload.iat }, nowMs);
    return caller;
  }

  return (token) => {
    const nowMs = now();
    return known.find(token, nowMs) ?? check(token, nowMs);
  };
}

/** A token for a role, good for `seconds`. */
export async function mintToken(
  secret: Uint8Array,
  role: Role,
  nowMs: number,
  { seconds = 3_600, subject = `cli:${role}` } = {},
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1_000);
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(secret);
}
