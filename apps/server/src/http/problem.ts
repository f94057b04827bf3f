import type { FieldError, Problem } from '@tillcast/api/problem';
import type { ErrorKind } from '@tillcast/core/errors/catalog';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { JsonRefused } from './json-guard.ts';

/** What HTTP itself can refuse, beside the codes of core; docs/errors.md explains each. */
export const httpCatalog = {
  BODY_MALFORMED: { status: 400, title: 'The body cannot be read' },
  UNAUTHENTICATED: { status: 401, title: 'Who asks is not known' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such route' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not know this method' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request came too slowly' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The address is too long' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'The body’s type is not supported' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  OVERLOADED: { status: 503, title: 'Too much at once' },
  DEADLINE_PASSED: { status: 503, title: 'It took too long' },
} as const;

export type HttpCode = keyof typeof httpCatalog;

const kinds: Record<ErrorKind, { readonly status: number; readonly title: string }> = {
  usage: { status: 400, title: 'The input is not valid' },
  refused: { status: 409, title: 'A gate refused' },
  missing: { status: 404, title: 'No such thing' },
  conflict: { status: 409, title: 'It contradicts what is stored' },
  unavailable: { status: 503, title: 'Not available now' },
  failed: { status: 500, title: 'It failed' },
};

/** An error that only HTTP knows. `fields` name each fault. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly code: HttpCode | 'INPUT_INVALID';
  readonly fields: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: HttpCode | 'INPUT_INVALID',
    detail: string,
    { fields = [], headers = {} }: { fields?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }
}

/** Faults listed at most; more would not be read. */
const maxFields = 16;

/** Refuses an input whose faults are known by field. */
export const invalidInput = (fields: readonly FieldError[]): HttpRefusal =>
  new HttpRefusal(
    'INPUT_INVALID',
    fields
      .slice(0, 3)
      .map(({ pointer, detail }) => `${pointer || 'the body'}: ${detail}`)
      .join('; '),
    {
      fields: fields.slice(0, maxFields),
    },
  );

/** A problem document. The type is a URN, stable for each code. */
export function problem(
  code: string,
  { status, title }: { readonly status: number; readonly title: string },
  detail: string,
  fields: readonly FieldError[] = [],
): Problem {
  return {
    type: `urn:tillcast:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail,
    code,
    ...(fields.length === 0 ? {} : { errors: [...fields] }),
  };
}

const fastifyCodes: Readonly<Record<string, HttpCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_EMPTY_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_MALFORMED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_BAD_URL: 'ROUTE_NOT_FOUND',
  FST_ERR_ASYNC_CONSTRAINT: 'ROUTE_NOT_FOUND',
  FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
};

const advice: Partial<Record<HttpCode, string>> = {
  PAYLOAD_TOO_LARGE: 'a body holds at most 1 MB: send fewer items',
  MEDIA_TYPE_UNSUPPORTED: 'send the body as application/json in UTF-8, not compressed',
};

/** Any error as a problem document. What is not foreseen says nothing of the inside: the log has it, by request id. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpRefusal) {
    const kind = error.code === 'INPUT_INVALID' ? kinds.usage : httpCatalog[error.code];
    return problem(error.code, kind, error.message, error.fields);
  }
  if (error instanceof JsonRefused) {
    return problem('BODY_MALFORMED', httpCatalog.BODY_MALFORMED, error.message, [
      { pointer: error.pointer, detail: error.detail },
    ]);
  }
  if (error instanceof TillcastError) return problem(error.code, kinds[error.kind], error.message);
  const code = fastifyCodes[(error as { code?: string } | null)?.code ?? ''];
  if (code !== undefined) return problem(code, httpCatalog[code], advice[code] ?? (error as Error).message);
  return problem('INTERNAL', httpCatalog.INTERNAL, 'unexpected; the log holds the cause under this request’s id');
}
