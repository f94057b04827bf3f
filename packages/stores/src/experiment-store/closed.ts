import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Refuses every call to an experiment store that was closed. */
export const closedError = (): TillcastError => new TillcastError('STORE_UNAVAILABLE', 'the experiment store is closed');

/** Refuses a revision that was decided upon an older list. */
export const serialConflict = (serial: number): TillcastError =>
  new TillcastError(
    'VERSION_CONFLICT',
    `the experiments changed meanwhile (revision ${serial} is not the next): read them again and repeat`,
  );
