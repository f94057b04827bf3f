/**
 * Every error Tillcast can raise, in one table; the code is the contract (docs/errors.md).
 * `kind` decides the exit code and, in apps/server, the HTTP status:
 * usage = the caller's input is wrong; refused = a gate said no; missing = no such thing; conflict; unavailable = try again later; failed = ours.
 */
export const catalog = {
  FILE_NOT_READABLE: { kind: 'usage', say: (d: string) => `the file cannot be read: ${d}` },
  INPUT_INVALID: { kind: 'usage', say: (d: string) => d },
  OPTION_INVALID: { kind: 'usage', say: (d: string) => d },
  TOO_FEW_POSITIVES: { kind: 'refused', say: (d: string) => d },
  ONE_CLASS: { kind: 'refused', say: (d: string) => d },
  EXPLANATION_LATE: { kind: 'unavailable', say: (d: string) => d },
  MODEL_NOT_FOUND: { kind: 'missing', say: (d: string) => d },
  POLICY_NOT_FOUND: { kind: 'missing', say: (d: string) => d },
  PREDICTION_NOT_FOUND: { kind: 'missing', say: (d: string) => d },
  EXPERIMENT_NOT_FOUND: { kind: 'missing', say: (d: string) => d },
  EXPERIMENT_REFUSED: { kind: 'conflict', say: (d: string) => d },
  SEGMENT_NOT_FOUND: { kind: 'missing', say: (d: string) => d },
  JOB_NOT_FOUND: { kind: 'missing', say: (d: string) => d },
  JOB_NOT_DONE: { kind: 'conflict', say: (d: string) => d },
  KEY_CONFLICT: { kind: 'conflict', say: (d: string) => d },
  REPLAY_DIFFERS: { kind: 'refused', say: (d: string) => d },
  VERSION_CONFLICT: { kind: 'conflict', say: (d: string) => d },
  BUNDLE_REFUSED: { kind: 'refused', say: (d: string) => `the bundle is refused: ${d}` },
  PARITY_BROKEN: { kind: 'refused', say: (d: string) => `TypeScript does not reproduce the trainer's numbers: ${d}` },
  EXPLANATION_BROKEN: { kind: 'failed', say: (d: string) => `the explanation does not add up: ${d}` },
  GATE_REFUSED: { kind: 'refused', say: (d: string) => d },
  SUBJECT_ERASED: { kind: 'refused', say: (d: string) => d },
  EVENT_CONFLICT: { kind: 'conflict', say: (d: string) => d },
  STORE_UNAVAILABLE: { kind: 'unavailable', say: (d: string) => d },
  TRAINER_FAILED: { kind: 'failed', say: (d: string) => `the trainer failed: ${d}` },
  CONSOLE_NOT_BUILT: { kind: 'failed', say: (d: string) => `the console could not be built: ${d}` },
  CANCELLED: { kind: 'failed', say: (d: string) => d },
} as const;

export type ErrorCode = keyof typeof catalog;
export type ErrorKind = (typeof catalog)[ErrorCode]['kind'];
