import { statesThatFit } from '@tillcast/core/features/shop-places';
import { type Finding, finding } from './finding.ts';

/** States as they are expected: how many, and how large one is when it is packed, bytes. */
export interface ExpectedStates {
  readonly shopper: { readonly count: number; readonly bytes: number };
  readonly shared: { readonly count: number; readonly bytes: number };
}

const mebibyte = 1_048_576;

/** Whether what a process remembers by itself, without Redis, has room for the shoppers and items expected. */
export function checkStateMemory({ shopper, shared }: ExpectedStates, daysKept: number, stateMemoryMb: number): Finding {
  const fits = statesThatFit(stateMemoryMb * mebibyte, { shopper: shopper.bytes, shared: shared.bytes });
  const short = Math.max(shopper.count / fits.shoppers, shared.count / fits.items);
  const number = (value: number): string => value.toLocaleString('en');
  const detail = [
    `state_memory_mb is ${stateMemoryMb}: room for about ${number(fits.shoppers)} shoppers and ${number(fits.items)} items, brands and categories;`,
    `expected are at most ${number(shopper.count)} in ${daysKept} days, and ${number(shared.count)}`,
  ].join(' ');
  return finding(
    'state memory',
    detail,
    short <= 1
      ? undefined
      : {
          status: 'warn',
          remedy: `the longest unseen are forgotten and begin anew: set it to ${Math.ceil((short * stateMemoryMb) / 16) * 16}, or share states in Redis`,
        },
  );
}
