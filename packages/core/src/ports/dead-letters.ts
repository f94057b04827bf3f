/** Where a letter came from: a stream whose sender cannot be told, a webhook, or a stored event that the features could not take. */
export type LetterSource = 'stream' | 'webhook' | 'features';

/** Something that was taken for keeping but could not be processed. */
export interface DeadLetter {
  readonly tenant: string;
  /** Names it: the same text from the same source is the same letter. */
  readonly letterId: string;
  readonly source: LetterSource;
  /** Stable code of what is wrong, from docs/errors.md. */
  readonly reason: string;
  /** The same in a sentence. */
  readonly problem: string;
  /** As it was received; at most `maxBodyLength` characters of it. */
  readonly body: string;
  /** When it was received, by our clock. */
  readonly receivedAtMs: number;
}

/** A longer body is cut, and then only tells what was wrong: it cannot be replayed. */
export const maxBodyLength = 1_048_576;

/** What became of letters put: `letters = kept + known`; `dropped` are older ones that had to make room. */
export interface PutLetters {
  readonly kept: number;
  readonly known: number;
  readonly dropped: number;
}

/**
 * What could not be processed, kept with its reason until somebody mends the cause and replays it.
 * The law suite (packages/core/test/contract/dead-letters.ts) holds every implementation to these sentences.
 * - `put` is idempotent by (`tenant`, `letterId`): a letter that is there changes nothing.
 * - Once `put` resolves and `durable` is true, the letters survive the death of the process and a power cut.
 * - It is bounded in letters and in characters of their bodies: the oldest leave first, and every one that left is counted in `dropped`.
 * - `read` yields letters oldest first (`receivedAtMs`, then the order in which they were put), page by page: letters may be put and resolved meanwhile.
 * - `resolve` takes letters off, because what they said is done, and answers how many of them there were.
 * - `erase` removes every letter whose body mentions one of the ids, and answers how many there were.
 * - After `close`, every call rejects with STORE_UNAVAILABLE.
 */
export interface DeadLetters {
  readonly durable: boolean;
  put(letters: readonly DeadLetter[]): Promise<PutLetters>;
  read(query?: { readonly tenant?: string; readonly batch?: number }): AsyncIterable<readonly DeadLetter[]>;
  resolve(tenant: string, letterIds: readonly string[]): Promise<number>;
  /** Letters of one tenant or of all. */
  count(tenant?: string): Promise<number>;
  erase(tenant: string, ids: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** How much is kept at most. */
export interface LetterBounds {
  /** Letters, all tenants together; default 100,000. */
  readonly maxLetters?: number;
  /** Characters of their bodies; default 256 Mi. */
  readonly maxCharacters?: number;
}

/** Whether a body mentions one of the ids: as a JSON text anywhere in it, or, where escapes may hide it, as a value once parsed. */
export function mentions(body: string, ids: readonly string[]): boolean {
  if (ids.some((id) => body.includes(JSON.stringify(id)))) return true;
  if (!body.includes('\\')) return false;
  try {
    const plain = JSON.stringify(JSON.parse(body));
    return ids.some((id) => plain.includes(JSON.stringify(id)));
  } catch {
    return false;
  }
}
