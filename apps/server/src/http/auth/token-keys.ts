import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { JSONWebKeySet } from 'jose';
import { type Env, readText, settingOrFile } from '../../setting-or-file.ts';
import type { TokenKeys } from './tokens.ts';

const minLength = 32;
const minDistinct = 8;
const defaults = /change.?me|default|example|password|your.?secret/i;

const refuse = (detail: string): never => {
  throw new TillcastError('OPTION_INVALID', detail);
};

function checkSecret(secret: string, where: string): Uint8Array {
  if (secret.length < minLength)
    refuse(
      `${where} has ${secret.length} characters; a secret needs at least ${minLength}, for example from: openssl rand -base64 48`,
    );
  if (new Set(secret).size < minDistinct || defaults.test(secret))
    refuse(`${where} can be guessed; take one from: openssl rand -base64 48`);
  return new TextEncoder().encode(secret);
}

/** Makes a secret once, readable by the owner alone; of two processes that try, both end with the same one. */
function openGeneratedSecret(folder: string): string {
  const file = join(folder, 'jwt-secret');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    const handle = openSync(draft, 'wx', 0o600);
    writeSync(handle, `${randomBytes(48).toString('base64url')}\n`);
    fsyncSync(handle);
    closeSync(handle);
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
    chmodSync(file, 0o600);
  }
  return readText(file, 'the generated secret');
}

function parseJwks(text: string, file: string): JSONWebKeySet {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    refuse(`TILLCAST_JWT_JWKS_FILE: ${file} is not JSON`);
  }
  const keys = (data as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0) refuse(`TILLCAST_JWT_JWKS_FILE: ${file} holds no "keys"`);
  for (const key of keys as Record<string, unknown>[]) {
    if (key.kty !== 'RSA' && key.kty !== 'EC')
      refuse(`TILLCAST_JWT_JWKS_FILE: a key of type ${String(key.kty)}; public RSA and EC keys are taken`);
    if ('d' in key) refuse('TILLCAST_JWT_JWKS_FILE: holds a private key; give the public part only');
  }
  return data as JSONWebKeySet;
}

/**
 * What tokens are checked with, from the settings: TILLCAST_JWT_JWKS_FILE (RS256, ES256), or TILLCAST_JWT_SECRET (HS256), or a secret made once
 * in the data directory. In production the secret must be given.
 */
export function readTokenKeys(env: Env, keysFolder: string): TokenKeys {
  const jwksFile = env.TILLCAST_JWT_JWKS_FILE;
  const secret = settingOrFile(env, 'TILLCAST_JWT_SECRET');
  if (jwksFile !== undefined) {
    if (secret !== undefined)
      refuse('TILLCAST_JWT_JWKS_FILE and TILLCAST_JWT_SECRET are both set; tokens are checked in one way');
    const jwks = parseJwks(readText(jwksFile, 'TILLCAST_JWT_JWKS_FILE'), jwksFile);
    const { TILLCAST_JWT_ISSUER: issuer, TILLCAST_JWT_AUDIENCE: audience } = env;
    return { kind: 'jwks', jwks, ...(issuer === undefined ? {} : { issuer }), ...(audience === undefined ? {} : { audience }) };
  }
  if (secret !== undefined) return { kind: 'secret', secret: checkSecret(secret, 'TILLCAST_JWT_SECRET') };
  if (env.NODE_ENV === 'production')
    refuse('in production TILLCAST_JWT_SECRET (or TILLCAST_JWT_SECRET_FILE, or TILLCAST_JWT_JWKS_FILE) must be set');
  return { kind: 'secret', secret: checkSecret(openGeneratedSecret(keysFolder), 'the generated secret') };
}
