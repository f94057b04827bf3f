import { murmur3 } from './murmur3.ts';

/** The version of the assignment: positions of one version never change (docs/adr/0019-assignment.md, fixtures/assignments.json). */
export const assignmentVersion = 1;

/** What a position decides; each purpose has positions of its own, so that no decision tells another. */
export type Purpose = 'exposure' | 'variant' | 'layer' | 'holdout';

/**
 * Where a unit lies in [0, 1), for one purpose and salt: the same everywhere, forever.
 * MurmurHash3_x86_32 of `purpose \n salt \n unit` in UTF-8, divided by 2³². Salts and units hold no control characters, so no two triples are one text.
 */
export const positionOf = (purpose: Purpose, salt: string, unit: string): number =>
  murmur3(`${purpose}\n${salt}\n${unit}`) / 4_294_967_296;
