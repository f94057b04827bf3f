import type { Role } from './permissions.ts';

/** Who asks. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
}
