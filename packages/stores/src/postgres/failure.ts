import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/**
 * What is known of work that failed.
 * `refused`: the server said no, so nothing of it is stored. `lost`: the connection ended before the answer, so it may be stored or not. `late`: the
 * same, by the end of the budget. `unsent`: it never reached the server.
 */
export type Fate = 'refused' | 'lost' | 'late' | 'unsent';

/** PostgreSQL did not do what it was asked to: STORE_UNAVAILABLE with what is known of it. */
export class PostgresFailure extends TillcastError<'STORE_UNAVAILABLE'> {
  readonly fate: Fate;

  constructor(fate: Fate, detail: string, options?: ErrorOptions) {
    super('STORE_UNAVAILABLE', detail, options);
    this.fate = fate;
  }
}

/** The code PostgreSQL gave to an error of its own (SQLSTATE), such as `23505`; undefined where the error is not the server's. */
export function sqlState(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object) ? code : undefined;
}

/** Any error of the driver as a failure; what is one already stays as it is. */
export function failureOf(error: unknown, sent: boolean): TillcastError {
  if (error instanceof TillcastError) return error;
  const state = sqlState(error);
  const said = error instanceof Error ? error.message || error.name : String(error);
  if (!sent) return new PostgresFailure('unsent', `PostgreSQL cannot be reached: ${said}`, { cause: error });
  // 57P01–57P03 end the connection, and may come after a commit; class 08 is the connection's own.
  if (state === undefined || state.startsWith('57P') || state.startsWith('08')) {
    return new PostgresFailure('lost', `the connection to PostgreSQL ended before its answer: ${said}`, { cause: error });
  }
  return new PostgresFailure('refused', `PostgreSQL refused: ${said} (${state})${remedyOf(state)}`, { cause: error });
}

const remedies: Readonly<Record<string, string>> = {
  '3F000': '; run tillcast migrate',
  '42P01': '; run tillcast migrate',
  '42501': '; grant the role of DATABASE_URL what docs/guides/scale.md lists',
  '53100': '; free space on the database’s disk',
  '55P03': '; another transaction holds the lock: end it, or try again',
  '57014': '; it took longer than its budget',
};
const remedyOf = (state: string): string => remedies[state] ?? '';
