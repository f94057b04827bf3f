import { randomBytes } from 'node:crypto';
import { stampLength } from './step-script.ts';

/** A shopper's value as it lies in Redis: a stamp that says which writing it is, then the state. */
export interface ShopperValue {
  readonly stamp: Buffer;
  readonly state: Buffer;
}

/** The stamp of what is not there. */
export const noStamp: Buffer = Buffer.alloc(0);

/** The state of somebody who is to go. */
export const noState: Uint8Array = new Uint8Array(0);

/** Takes a value apart; of none, the state is undefined. */
export const readShopperValue = (value: Buffer | null): { readonly stamp: Buffer; readonly state: Buffer | undefined } =>
  value === null || value.length === 0
    ? { stamp: noStamp, state: undefined }
    : { stamp: value.subarray(0, stampLength), state: value.subarray(stampLength) };

/** A new value, under a stamp that was never drawn before. */
export const newShopperValue = (state: Uint8Array): Buffer => Buffer.concat([randomBytes(stampLength), state]);
