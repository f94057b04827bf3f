import { type Backend, openForest } from './backends.ts';
import { readMembers } from './read-models.ts';
import type { MemberEngine } from './trees-tasks.ts';

/** The ensemble's members, read and made ready on a backend. */
export const openMembers = (models: string, backend: Backend): readonly MemberEngine[] =>
  readMembers(models).map(({ name, forest }) => ({ name, engine: openForest(forest, backend) }));
