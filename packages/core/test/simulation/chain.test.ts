import { buildChain, hittingProbability, LEAVE, stepChain } from '@tillcast/core/simulation/chain';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** The gambler's walk on 0…n − 1: up with p, down with 1 − p; below 0 he is ruined. */
const walk = (states: number, up: number) =>
  buildChain(states, (state) => [
    [state - 1 < 0 ? LEAVE : state - 1, 1 - up],
    ...(state === states - 1 ? [] : [[state + 1, up] as const]),
  ]);

it('solves the gambler’s ruin (Feller I, XIV.2)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 12 }), fc.double({ min: 0.2, max: 0.8, noNaN: true }), (states, up) => {
      fc.pre(Math.abs(up - 0.5) > 0.01);
      const top = states - 1;
      const values = hittingProbability(walk(states, up), (_, to) => (to === top ? 1 : to === LEAVE ? 0 : undefined));
      const odds = (1 - up) / up;
      for (let state = 0; state < top; state += 1) {
        expect(values[state]).toBeCloseTo((1 - odds ** (state + 1)) / (1 - odds ** (top + 1)), 9);
      }
    }),
  );
});

it('steps by the shares of the state', () => {
  const chain = buildChain(1, () => [
    [LEAVE, 1],
    [0, 3],
  ]);
  expect([0.001, 0.2499, 0.2501, 0.9999].map((uniform) => stepChain(chain, 0, uniform))).toEqual([LEAVE, LEAVE, 0, 0]);
});
