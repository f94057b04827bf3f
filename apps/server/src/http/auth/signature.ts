import { createHmac, timingSafeEqual } from 'node:crypto';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Env, settingOrFile } from '../../setting-or-file.ts';
import { HttpRefusal } from '../problem.ts';

const minLength = 16;
const name = 'TILLCAST_WEBHOOK_SECRET';

/** The secret that webhooks are signed with, from the environment or the file it names; undefined = none. */
export function readWebhookSecret(env: Env): string | undefined {
  const secret = settingOrFile(env, name);
  if (secret !== undefined && secret.length < minLength)
    throw new TillcastError('OPTION_INVALID', `${name} has ${secret.length} characters; a secret needs at least ${minLength}`);
  return secret;
}

const refusal = (detail: string): HttpRefusal =>
  new HttpRefusal('UNAUTHENTICATED', detail, { headers: { 'www-authenticate': 'Bearer realm="tillcast"' } });

/** Checks `X-Signature`, the HMAC-SHA1 of the body in hex (Segment, Webhooks destination), in constant time; raises UNAUTHENTICATED. */
export function checkSignature(body: Buffer, signature: string, secret: string | undefined): void {
  if (secret === undefined) throw refusal(`signatures are not accepted here: ${name} is not set`);
  const right = createHmac('sha1', secret).update(body).digest();
  const given = /^[0-9a-f]{40}$/i.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(right.length);
  if (!timingSafeEqual(given, right) || given.every((byte) => byte === 0))
    throw refusal('X-Signature is not the HMAC-SHA1 of this body under the shared secret');
}
