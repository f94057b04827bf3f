import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Refuses every call to a catalogue that was closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the catalogue is closed');
