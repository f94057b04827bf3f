import { catalog, type ErrorCode, type ErrorKind } from './catalog.ts';

/** The one error class of the product. `detail` names the field, the value and the remedy. */
export class TillcastError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'TillcastError';
  readonly code: C;
  readonly kind: ErrorKind;

  constructor(code: C, detail: string, options?: ErrorOptions) {
    super(catalog[code].say(detail), options);
    this.code = code;
    this.kind = catalog[code].kind;
  }
}
