import { groupCommit } from '@tillcast/stores/sqlite/group-commit';
import { describe, expect, it } from 'vitest';

const diskFailure = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
const noRoomForIndex = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_SHMSIZE' });
const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });

/** A commit that records its groups, and fails where told to. */
function recorded(failures: (Error | undefined)[] = []) {
  const commits: number[][] = [];
  const commit = (groups: readonly (readonly number[])[]): number[] => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    commits.push(groups.flat());
    return groups.map((items) => items.length);
  };
  return { commit, commits };
}

describe('groupCommit', () => {
  it('lets calls that come together share one commit, each with its own answer', async () => {
    const { commit, commits } = recorded();
    const group = groupCommit(commit, { windowMs: 2, maxItems: 100 });
    expect(await Promise.all([group.add([1]), group.add([2, 3]), group.add([])])).toEqual([1, 2, 0]);
    expect(commits).toEqual([[1, 2, 3]]);
  });

  it('commits at once when the group is full', async () => {
    const { commit, commits } = recorded();
    const group = groupCommit(commit, { windowMs: 60_000, maxItems: 2 });
    await Promise.all([group.add([1]), group.add([2])]);
    expect(commits).toEqual([[1, 2]]);
  });

  it('acks nothing that was not committed', async () => {
    const { commit, commits } = recorded();
    const group = groupCommit(commit, { windowMs: 60_000, maxItems: 10 });
    let acked = false;
    const ack = group.add([1]).then(() => {
      acked = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([acked, commits]).toEqual([false, []]);
    group.flush();
    await ack;
    expect(acked).toBe(true);
  });

  it('refuses everything after the disk has failed, though a later commit might succeed', async () => {
    const { commit, commits } = recorded([diskFailure]);
    const group = groupCommit(commit, { windowMs: 0, maxItems: 10 });
    const failed = await Promise.allSettled([group.add([1]), group.add([2])]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(group.add([3])).rejects.toEqual(refusal);
    expect(commits).toEqual([]);
  });

  it.each([busy, full, noRoomForIndex])('goes on after a failure that is not the disk’s: $code', async (failure) => {
    const { commit } = recorded([failure]);
    const group = groupCommit(commit, { windowMs: 0, maxItems: 10 });
    await expect(group.add([1])).rejects.toEqual(refusal);
    expect(await group.add([2])).toBe(1);
  });
});
