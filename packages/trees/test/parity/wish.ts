import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

/** What a run was asked for on the command line. */
export interface Wish {
  readonly count: number;
  readonly seed: number;
  /** Only this one of the run's models, counted from 0. */
  readonly only: number | undefined;
  /** Whether models and answers stay where they were written. */
  readonly keep: boolean;
}

const USAGE = 'usage: npm run parity -- [--fresh COUNT] [--seed N] [--case K] [--keep]';

/** Reads the arguments, or says what is wrong with them; a seed is drawn where none is given. */
export function parseWish(args: readonly string[]): Wish | { readonly usage: string } {
  try {
    return readWish(args);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return { usage: `${error.message}\n${USAGE}` };
    throw error;
  }
}

function readWish(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: { fresh: { type: 'string' }, seed: { type: 'string' }, case: { type: 'string' }, keep: { type: 'boolean' } },
  });
  const count = wholeNumber('--fresh', values.fresh ?? '20', 1, 10_000);
  const seed = values.seed === undefined ? randomInt(2 ** 32) : wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1);
  const only = values.case === undefined ? undefined : wholeNumber('--case', values.case, 0, count - 1);
  return { count, seed, only, keep: values.keep === true };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new RangeError(`${name} is "${text}"; give a whole number from ${least} to ${most}`);
}
