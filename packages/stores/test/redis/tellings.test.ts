import type { Tellings } from '@tillcast/core/ports/tellings';
import { memoryTellings } from '@tillcast/stores/memory/tellings';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { redisTellings } from '@tillcast/stores/redis/tellings';
import { describe, expect, it } from 'vitest';
import { type TellingsUnderTest, tellingsContract, tellingsLaws } from '../../../core/test/contract/tellings.ts';
import { redisMissing } from './start-redis.ts';
import { withTwoLinks } from './two-links.ts';

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function inMemory(): TellingsUnderTest {
  let nowMs = 0;
  const { view } = memoryTellings(() => nowMs);
  return {
    ...{ tellings: view(), other: view() },
    pass: async (ms) => {
      nowMs += ms;
    },
  };
}

describe('memory tellings', () => tellingsContract(inMemory));

describe.skipIf(redisMissing !== undefined)('redis tellings', () => {
  const redis = withTwoLinks(1_000);

  tellingsContract(() => ({ tellings: redisTellings(redis.links[0]), other: redisTellings(redis.links[1]), pass: rest }));

  it('knows nothing, and fails nothing, without Redis', async () => {
    const link = openRedisLink('redis://127.0.0.1:1', { budgetMs: 50 });
    const tellings = redisTellings(link);
    await tellings.tell('u:a', 'r', 1, 1_000);
    await tellings.forget('u:a');
    expect([...(await tellings.recall('u:a'))]).toEqual([]);
    await link.close();
  });
});

const faults: Readonly<Record<string, (tellings: Tellings) => Tellings>> = {
  'keeps what it told to itself': (tellings) => {
    const own = inMemory().tellings;
    return { ...tellings, recall: own.recall, tell: own.tell };
  },
  'never ends': (tellings) => ({ ...tellings, tell: (shopper, rule, atMs) => tellings.tell(shopper, rule, atMs, 1e9) }),
  'takes all rules for one': (tellings) => ({
    ...tellings,
    tell: (shopper, _rule, atMs, keepMs) => tellings.tell(shopper, 'a', atMs, keepMs),
  }),
  'forgets nobody': (tellings) => ({ ...tellings, forget: async () => {} }),
};

describe('a planted fault breaks a law', () => {
  it.each(Object.keys(faults))('%s', async (name) => {
    const broken = async (law: (test: TellingsUnderTest) => Promise<void>): Promise<boolean> => {
      const { tellings, other, pass } = inMemory();
      return law({ tellings: faults[name]!(tellings), other: faults[name]!(other), pass }).then(
        () => false,
        () => true,
      );
    };
    const results = await Promise.all(Object.values(tellingsLaws).map(broken));
    expect(results).toContain(true);
  });
});
