import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import { expect, it } from 'vitest';
import { aPrediction, bitsOf } from '../arbitraries/prediction.ts';

const idsOf = async (recent: RecentPredictions, tenant = 'default', limit = 100): Promise<string[]> =>
  (await recent.latest(tenant, limit)).map(({ predictionId }) => predictionId);
const lines = (...ids: string[]) => ids.map((predictionId) => aPrediction({ predictionId }));

/** The sentences of the port `RecentPredictions`; each opens its own, of the capacity it asks for. */
export const recentPredictionsLaws: Readonly<Record<string, (open: (capacity: number) => RecentPredictions) => Promise<void>>> = {
  'gives the newest first, as many as asked, bit for bit': async (open) => {
    const recent = open(10);
    await recent.push(lines('a', 'b'));
    await recent.push(lines('c'));
    expect(await idsOf(recent)).toEqual(['c', 'b', 'a']);
    expect(await idsOf(recent, 'default', 2)).toEqual(['c', 'b']);
    expect(bitsOf((await recent.find('default', 'b'))!)).toBe(bitsOf(lines('b')[0]!));
    expect(await recent.find('default', 'x')).toBeUndefined();
    await recent.close();
  },

  'keeps the last of its capacity, no more': async (open) => {
    const recent = open(3);
    await recent.push(lines('a', 'b', 'c'));
    await recent.push(lines('d'));
    await recent.push(lines('e', 'f'));
    expect(await idsOf(recent)).toEqual(['f', 'e', 'd']);
    expect(await recent.find('default', 'c')).toBeUndefined();
    await recent.close();
  },

  'answers for one tenant': async (open) => {
    const recent = open(10);
    await recent.push([...lines('a'), aPrediction({ predictionId: 'b', tenant: 'other' })]);
    expect(await idsOf(recent)).toEqual(['a']);
    expect(await recent.find('default', 'b')).toBeUndefined();
    expect(await idsOf(recent, 'other')).toEqual(['b']);
    await recent.close();
  },

  'erases a shopper, by whom the line asked or named': async (open) => {
    const recent = open(10);
    await recent.push([
      ...lines('own'),
      aPrediction({ predictionId: 'named', shopper: 'a:d1', anonymousId: 'd1' }),
      aPrediction({ predictionId: 'bea', shopper: 'u:bea', userId: 'bea' }),
      aPrediction({ predictionId: 'other', tenant: 'other' }),
    ]);
    expect(await recent.erase('default', 'u:ana')).toBe(2);
    expect(await recent.erase('default', 'u:ana')).toBe(0);
    expect(await idsOf(recent)).toEqual(['bea']);
    expect(await idsOf(recent, 'other')).toEqual(['other']);
    await recent.close();
  },

  'gives what is the caller’s own, and nothing after close': async (open) => {
    const recent = open(10);
    await recent.push(lines('a'));
    (await recent.find('default', 'a'))!.row[0] = 9;
    (await recent.latest('default', 1))[0]!.row[0] = 9;
    expect((await recent.find('default', 'a'))!.row[0]).toBe(1);
    await recent.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(recent.push(lines('b'))).rejects.toEqual(refusal);
    await expect(recent.latest('default', 1)).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `RecentPredictions`, as tests; every store runs them. */
export function recentPredictionsContract(open: (capacity: number) => RecentPredictions): void {
  it.each(Object.keys(recentPredictionsLaws))('%s', async (name) => recentPredictionsLaws[name]!(open));
}
