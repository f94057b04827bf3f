import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ballastBytes = Buffer.alloc(65_536);

/** A disk of some megabytes of its own, which can be filled up and emptied again. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the space there is, or all but so many bytes. */
  fill(slackBytes?: number): void;
  /** Gives it back. */
  empty(): void;
  close(): void;
}

/** Mounts one at a path (a tmpfs: that takes root); undefined where this is not possible. */
export function openSmallDisk(path: string, megabytes: number): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  mkdirSync(path, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tillcast-test', path], { stdio: 'ignore' });
  if (status !== 0) return undefined;
  const ballast = join(path, 'ballast');
  const slack = join(path, 'slack');

  function writeUntilFull(file: string, most = Number.POSITIVE_INFINITY): void {
    const handle = openSync(file, 'a');
    try {
      for (let written = 0; written < most; )
        written += writeSync(handle, ballastBytes, 0, Math.min(ballastBytes.length, most - written));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(handle);
    }
  }

  return {
    path,
    fill(slackBytes = 0) {
      writeUntilFull(slack, slackBytes);
      writeUntilFull(ballast);
      rmSync(slack);
    },
    empty: () => rmSync(ballast, { force: true }),
    close: () => void spawnSync('umount', ['--lazy', path], { stdio: 'ignore' }),
  };
}
