import type { FieldError } from '@tillcast/api/problem';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert } from 'typebox/value';
import { invalidInput } from './problem.ts';

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const escapeName = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const fieldsOf = ({ keyword, instancePath, params, message }: SchemaError): FieldError[] => {
  if (keyword === 'required') {
    return (params.requiredProperties as string[]).map((name) => ({
      pointer: `${instancePath}/${escapeName(name)}`,
      detail: 'is missing',
    }));
  }
  if (keyword === 'additionalProperties') {
    return (params.additionalProperties as string[]).map((name) => ({
      pointer: `${instancePath}/${escapeName(name)}`,
      detail: 'is not a field of this request',
    }));
  }
  if (keyword === 'const') return [{ pointer: instancePath, detail: `must be ${JSON.stringify(params.allowedValue)}` }];
  return [{ pointer: instancePath, detail: message }];
};

/** One line a place: the alternatives of a union are joined, and what merely sums up others is dropped. */
function tidy(errors: readonly SchemaError[]): FieldError[] {
  const places = new Map<string, string[]>();
  for (const error of errors) {
    if (error.keyword === 'anyOf' || error.keyword === 'boolean') continue;
    for (const { pointer, detail } of fieldsOf(error)) {
      const details = places.get(pointer) ?? [];
      if (!details.includes(detail)) details.push(detail);
      places.set(pointer, details);
    }
  }
  if (places.size === 0 && errors[0] !== undefined) places.set(errors[0].instancePath, [errors[0].message]);
  return [...places].map(([pointer, details]) => ({ pointer, detail: details.join(' or ') }));
}

/** A compiled schema: the faults of a value by field; empty = valid. */
export function compileChecker(schema: TSchema): (value: unknown) => FieldError[] {
  const compiled = Compile(schema);
  return (value) => (compiled.Check(value) ? [] : tidy(compiled.Errors(value) as unknown as SchemaError[]));
}

/** How Fastify checks requests: nothing is coerced or dropped, except that texts in a query string become the numbers the schema asks for. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = compileChecker(schema);
  return (value: unknown) => {
    const given = httpPart === 'querystring' || httpPart === 'params' ? Convert(schema, value) : value;
    const faults = check(given);
    return faults.length === 0 ? { value: given } : { error: invalidInput(faults) };
  };
};

/** Checks a body after something was filled in that its sender may leave out. */
export function completingValidator(schema: TSchema, complete: (body: unknown) => unknown) {
  const check = compileChecker(schema);
  return (body: unknown) => {
    const value = complete(body);
    const faults = check(value);
    return faults.length === 0 ? { value } : { error: invalidInput(faults) };
  };
}
