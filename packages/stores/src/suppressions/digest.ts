import { createHmac } from 'node:crypto';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Bytes of a key. */
export const keyBytes = 32;

/** HMAC-SHA-256 of a shopper under a key; no id holds a control character, so two shoppers never share a text. */
export const keyedDigest = (key: Buffer, tenant: string, shopper: string): string =>
  createHmac('sha256', key).update(`${tenant}\u0000${shopper}`).digest('hex');

/** Refuses every call to suppressions that were closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the list of erased shoppers is closed');
