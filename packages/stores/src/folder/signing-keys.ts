import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { makeDirectoryDurably, syncDirectory, writeDurably } from './durable.ts';

const PRIVATE = 'bundle-signing.key';
const PUBLIC = 'bundle-signing.pub';
const line = /^ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)\n$/;

/** A public key's name: the head of the SHA-256 of its DER. */
const idOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

/** Signs bundles, and says whose signatures are believed. */
export interface SigningKeys {
  /** The text of `manifest.sig` for the bytes of SHA256SUMS. */
  sign(sums: Uint8Array): string;
  /** Undefined where a trusted key signed exactly these bytes; otherwise what is wrong. */
  problem(sums: Uint8Array, signature: string): string | undefined;
}

/** Writes a file whole or not at all; where another process was quicker, its file stays. */
function writeOnce(folder: string, name: string, text: string | Buffer): void {
  const draft = join(folder, `.${name}-${randomUUID()}`);
  writeDurably(draft, Buffer.from(text));
  try {
    linkSync(draft, join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  syncDirectory(folder);
}

/** The private key, made where there is none; its public half is in the folder before anything is signed, also where a crash came in between. */
function openPrivateKey(folder: string): KeyObject {
  const path = join(folder, PRIVATE);
  makeDirectoryDurably(folder);
  if (!existsSync(path))
    writeOnce(folder, PRIVATE, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const key = readKey(createPrivateKey, path);
  const publicKey = createPublicKey(key);
  if (!trustedKeys(folder).has(idOf(publicKey))) {
    const name = existsSync(join(folder, PUBLIC)) ? `bundle-signing-${idOf(publicKey)}.pub` : PUBLIC;
    writeOnce(folder, name, publicKey.export({ type: 'spki', format: 'pem' }));
  }
  return key;
}

function readKey<K>(read: (pem: Buffer) => K, path: string): K {
  try {
    return read(readFileSync(path));
  } catch (error) {
    throw new TillcastError('STORE_UNAVAILABLE', `the key ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Every `*.pub` of the folder is trusted: to believe another machine's bundles, put its public key there. */
function trustedKeys(folder: string): ReadonlyMap<string, KeyObject> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pub')) : [];
  return new Map(names.map((name) => readKey(createPublicKey, join(folder, name))).map((key) => [idOf(key), key]));
}

/** The keys of a data directory; the pair is made on the first signature, readable by its owner alone. */
export function openSigningKeys(folder: string): SigningKeys {
  return {
    sign(sums) {
      const key = openPrivateKey(folder);
      return `ed25519 ${idOf(createPublicKey(key))} ${sign(null, sums, key).toString('base64')}\n`;
    },
    problem(sums, signature) {
      const [, id, base64] = line.exec(signature) ?? [];
      if (id === undefined || base64 === undefined) return 'manifest.sig is not an Ed25519 signature';
      const key = trustedKeys(folder).get(id);
      if (key === undefined)
        return `it is signed by the key ${id}, which is not in ${folder} (trust it by putting its .pub file there)`;
      const bytes = Buffer.from(base64, 'base64');
      // One signature, one text: bits that base64 ignores must not be free.
      if (bytes.toString('base64') !== base64 || !verify(null, sums, key, bytes))
        return 'its signature is not that of SHA256SUMS';
      return undefined;
    },
  };
}
