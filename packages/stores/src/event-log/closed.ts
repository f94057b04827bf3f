import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Refuses every call to a log that was closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the event log is closed');
