import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Refuses every call to an exposure log that was closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the exposure log is closed');
