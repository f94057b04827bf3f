import type { ErrorKind } from '@tillcast/core/errors/catalog';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** 0 done, 1 failed, 2 usage, 3 refused by a gate. */
const exitCodes: Record<ErrorKind, number> = { usage: 2, missing: 2, conflict: 1, unavailable: 1, failed: 1, refused: 3 };

/** The exit code an error ends the process with. */
export const exitCodeOf = (error: unknown): number => (error instanceof TillcastError ? exitCodes[error.kind] : 1);

/** One line for a known error; the whole stack for a defect. */
export function explain(error: unknown): string {
  if (error instanceof TillcastError) return `tillcast: ${error.message} [${error.code}]`;
  return `tillcast: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
