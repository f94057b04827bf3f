import { invalidInput } from '../http/problem.ts';

/** What a JSON body holds: a list, or one thing by itself. */
export interface BodyList {
  readonly values: readonly unknown[];
  readonly single: boolean;
}

/** The things of a JSON body: one by itself, an array, or an object of which `name` is the array. At most `max`, at least one. */
export function listInBody(body: unknown, name: string, max: number): BodyList {
  const wrapped = typeof body === 'object' && body !== null && !Array.isArray(body) && Object.hasOwn(body, name);
  if (!wrapped && !Array.isArray(body)) return { values: [body], single: true };
  const list = wrapped ? (body as Record<string, unknown>)[name] : body;
  if (!Array.isArray(list)) throw invalidInput([{ pointer: `/${name}`, detail: `must be an array of ${name}` }]);
  const stranger = wrapped ? Object.keys(body as object).find((key) => key !== name) : undefined;
  if (stranger !== undefined) throw invalidInput([{ pointer: `/${stranger}`, detail: `is not a field beside ${name}` }]);
  const pointer = wrapped ? `/${name}` : '';
  if (list.length === 0) throw invalidInput([{ pointer, detail: `holds none of the ${name}` }]);
  if (list.length > max)
    throw invalidInput([{ pointer, detail: `holds ${list.length} ${name}; at most ${max} go into one request` }]);
  return { values: list, single: false };
}
