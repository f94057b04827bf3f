import { limits } from '@tillcast/core/events/limits';
import { textProblem } from '@tillcast/core/events/read-field';
import { invalidInput } from '../http/problem.ts';

/** A person as far as a shop knows one: a user, or a device that nobody has logged in on. */
export interface Subject {
  /** As `shopperOf` names shoppers. */
  readonly shopper: string;
  readonly userId?: string;
  readonly anonymousId?: string;
}

/** Reads the id of a subject: `u:` and a user’s id, `a:` and a device’s, as `/v1/shoppers` lists them; without either it is a user’s. */
export function parseSubject(id: string): Subject {
  const kind = /^[ua]:/.test(id) ? id.slice(0, 1) : 'u';
  const own = /^[ua]:/.test(id) ? id.slice(2) : id;
  const problem = own === '' ? 'names nobody' : textProblem(own, limits.idLength);
  if (problem !== undefined)
    throw invalidInput([{ pointer: '/id', detail: `${problem}; give u: and the user’s id, or a: and the device’s` }]);
  return kind === 'u' ? { shopper: `u:${own}`, userId: own } : { shopper: `a:${own}`, anonymousId: own };
}
