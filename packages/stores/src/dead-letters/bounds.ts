import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** How much is kept where nothing else is said. */
export const defaultBounds = { maxLetters: 100_000, maxCharacters: 256 * 2 ** 20 } as const;

/** Refuses every call to dead letters that were closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the dead letters are closed');
