import { PostgresFailure } from '@tillcast/stores/postgres/failure';
import { openLostAnswers } from '@tillcast/stores/postgres/lost-answers';
import { prepareSession } from '@tillcast/stores/postgres/prepare-session';
import { openWriteGroups } from '@tillcast/stores/postgres/write-groups';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const full = (): PostgresFailure => new PostgresFailure('unsent', 'too much waits');
const settings = { maxItems: 4, writers: 1, maxWaiting: 6, overflow: full };

/** A write that is answered by hand, one group after another. */
function byHand() {
  const groups: { items: readonly number[]; answer: (error?: unknown) => void }[] = [];
  const write = (items: readonly number[]): Promise<readonly number[]> =>
    new Promise((resolve, reject) => {
      groups.push({ items, answer: (error) => (error === undefined ? resolve(items.map((item) => item * 10)) : reject(error)) });
    });
  return { groups, write };
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('write groups', () => {
  it('send the first call at once, and let those that come meanwhile share the next group', async () => {
    const { groups, write } = byHand();
    const group = openWriteGroups(write, settings);
    const first = group.add([1]);
    await soon();
    const later = [group.add([2]), group.add([3, 4]), group.add([5, 6])];
    groups[0]!.answer();
    expect(await first).toEqual([10]);
    await soon();
    expect(groups.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
    groups[1]!.answer();
    await soon();
    groups[2]!.answer();
    expect(await Promise.all(later)).toEqual([[20], [30, 40], [50, 60]]);
  });

  it('take a call larger than a group as one of its own, and refuse what would wait beyond the bound', async () => {
    const { groups, write } = byHand();
    const group = openWriteGroups(write, settings);
    const large = group.add([1, 2, 3, 4, 5, 6, 7, 8]);
    await soon();
    const waiting = group.add([9, 9, 9, 9, 9]);
    await expect(group.add([1, 1])).rejects.toThrow('too much waits');
    groups[0]!.answer();
    expect(await large).toHaveLength(8);
    await soon();
    groups[1]!.answer();
    expect(await waiting).toHaveLength(5);
    expect(await group.add([])).toEqual([]);
  });

  it('fail those that wait together with the one that failed, and go on with the next call', async () => {
    const { groups, write } = byHand();
    const group = openWriteGroups(write, settings);
    const calls = [group.add([1])];
    await soon();
    calls.push(group.add([2]), group.add([3]));
    groups[0]!.answer(full());
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const next = group.add([4]);
    await soon();
    groups[1]!.answer();
    expect(await next).toEqual([40]);
    await group.drained();
  });

  it('answer every call with its own results, whatever comes when', async () => {
    const calls = fc.array(fc.tuple(fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 6 }), fc.boolean()), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 3 }), async (given, writers) => {
        const group = openWriteGroups(async (items: readonly number[]) => items.map((item) => item * 10), {
          ...settings,
          writers,
          maxWaiting: 1_000,
        });
        const answers: Promise<readonly number[]>[] = [];
        for (const [items, pause] of given) {
          answers.push(group.add(items));
          if (pause) await soon();
        }
        expect(await Promise.all(answers)).toEqual(given.map(([items]) => items.map((item) => item * 10)));
        await group.drained();
      }),
    );
  });
});

describe('lost answers', () => {
  it('give each event back once, to the write that stored it', () => {
    const lost = openLostAnswers();
    lost.add('7', ['a', 'b']);
    expect([lost.claim('8', 'a'), lost.claim('7', 'c'), lost.claim('7', 'a'), lost.claim('7', 'a')]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    lost.settle('7');
    expect(lost.claim('7', 'b')).toBe(false);
  });

  it('forget the oldest write when there are too many', () => {
    const lost = openLostAnswers(3);
    lost.add('1', ['a', 'b']);
    lost.add('2', ['c', 'd']);
    expect([lost.claim('1', 'a'), lost.claim('2', 'c'), lost.claim('2', 'd')]).toEqual([false, true, true]);
  });
});

describe('a new session', () => {
  const sound = { commits: 'on', syncs: 'on', pages: 'on', version: 150_018, encoding: 'UTF8' };
  const prepare = (said: Partial<typeof sound>) =>
    prepareSession({ query: async () => ({ rows: [{ ...sound, ...said }] }) }, { statementTimeoutMs: 250, lockTimeoutMs: 250 });

  it('is taken where a commit is on disk before its answer', async () => {
    for (const commits of ['on', 'local', 'remote_write', 'remote_apply'])
      await expect(prepare({ commits })).resolves.toBeUndefined();
  });

  it.each([
    ['synchronous_commit is off', { commits: 'off' }],
    ['fsync is off', { syncs: 'off' }],
    ['full_page_writes is off', { pages: 'off' }],
    ['PostgreSQL 140011 is too old', { version: 140_011 }],
    ['the database’s encoding is SQL_ASCII', { encoding: 'SQL_ASCII' }],
  ])('is refused where %s', async (words, said) => {
    await expect(prepare(said)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(words) });
  });
});
