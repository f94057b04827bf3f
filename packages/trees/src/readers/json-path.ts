import type { ModelFilePlace } from '../errors.ts';

/** The way from a file's root to a value: keys of objects, places in arrays. */
export type JsonPath = readonly (string | number)[];

/** Longer paths lose their beginning in errors, longer keys their end. */
const SHOWN = 120;

/** A path as errors name it: `learner.trees[3].left_children`; "the file" for the root. */
export function nameOf(path: JsonPath): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step.slice(0, SHOWN)}`));
  const name = steps.join('').replace(/^\./, '');
  if (name === '') return 'the file';
  return name.length > SHOWN ? `…${name.slice(-SHOWN)}` : name;
}

/** The tree a path leads into, in the formats that hold trees in an array. */
export function placeOf(path: JsonPath): ModelFilePlace {
  const trees = path.findIndex((step) => step === 'trees' || step === 'oblivious_trees');
  const tree = trees < 0 ? undefined : path[trees + 1];
  return typeof tree === 'number' ? { tree } : {};
}
