import type { Tellings } from '@tillcast/core/ports/tellings';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** Tellings to be tested, another process's view of the same, and their clock. */
export interface TellingsUnderTest {
  readonly tellings: Tellings;
  readonly other: Tellings;
  readonly pass: (ms: number) => Promise<void>;
}

export type TellingsLaw = (test: TellingsUnderTest) => Promise<void>;

let shoppers = 0;
const aShopper = (): string => `u:{${shoppers++}} ü`;
const plain = async (tellings: Tellings, shopper: string) => Object.fromEntries(await tellings.recall(shopper));
const longMs = 600_000;

/** The sentences of the port `Tellings`. Plain functions, so that a planted fault can be shown to break them. */
export const tellingsLaws: Readonly<Record<string, TellingsLaw>> = {
  'gives everybody what anybody told, by shopper and rule': ({ tellings, other }) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ by: fc.boolean(), to: fc.nat(1), rule: fc.constantFrom('a', 'b:"c"', '漢'), at: fc.nat(5) }), {
          maxLength: 12,
        }),
        async (steps) => {
          const names = [aShopper(), aShopper()];
          const model = names.map(() => new Set<string>());
          for (const { by, to, rule, at } of steps) {
            await (by ? tellings : other).tell(names[to]!, rule, 1_000 + at, longMs);
            model[to]!.add(JSON.stringify([rule, 1_000 + at, by]));
          }
          for (const [to, name] of names.entries()) {
            const expected: Record<string, number[]> = {};
            for (const text of model[to]!) {
              const [rule, at] = JSON.parse(text) as [string, number];
              expected[rule] = [...(expected[rule] ?? []), at].sort((a, b) => a - b);
            }
            expect(await plain(tellings, name)).toEqual(expected);
            expect(await plain(other, name)).toEqual(expected);
          }
        },
      ),
      { numRuns: 15 },
    ),

  'ends each telling after its own time, and not before': async ({ tellings, other, pass }) => {
    const shopper = aShopper();
    await tellings.tell(shopper, 'long', 1, longMs);
    await other.tell(shopper, 'short', 2, 150);
    expect(await plain(tellings, shopper)).toEqual({ long: [1], short: [2] });
    await pass(200);
    expect(await plain(tellings, shopper)).toEqual({ long: [1] });
    const brief = aShopper();
    await tellings.tell(brief, 'short', 3, 150);
    await pass(200);
    expect(await plain(other, brief)).toEqual({});
  },

  'forgets a shopper for everybody, and nobody else': async ({ tellings, other }) => {
    const [one, two] = [aShopper(), aShopper()];
    for (const shopper of [one, two]) await tellings.tell(shopper, 'a', 1, longMs);
    await other.forget(one);
    expect([await plain(tellings, one), await plain(tellings, two)]).toEqual([{}, { a: [1] }]);
  },
};

/** Registers every sentence as a test. */
export function tellingsContract(open: () => TellingsUnderTest): void {
  for (const [name, law] of Object.entries(tellingsLaws)) it(name, () => law(open()));
}
