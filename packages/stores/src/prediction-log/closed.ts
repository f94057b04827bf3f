import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Refuses every call to a prediction log that was closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the prediction log is closed');
