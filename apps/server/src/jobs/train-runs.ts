import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { versionPattern } from '@tillcast/core/scoring/bundle/parse-manifest';

const UNFINISHED = '.unfinished-';
const RUNS_KEPT = 10;
const STALE_MS = 24 * 60 * 60_000;

/** A run's folder while it is unfinished; `keep` gives it its version, `discard` removes it. */
export interface UnfinishedRun {
  readonly folder: string;
  /** A new folder in the run. */
  make(name: string): string;
  keep(version: string): string;
  discard(): void;
}

/** Makes the folder of a new run; nothing appears under a version's name before `keep`. */
export function startRun(runs: string, nowMs: number): UnfinishedRun {
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(runs)) {
    const path = join(runs, name);
    if (name.startsWith(UNFINISHED) && nowMs - statSync(path).mtimeMs > STALE_MS) rmSync(path, { recursive: true, force: true });
  }
  const folder = join(runs, `${UNFINISHED}${randomUUID()}`);
  mkdirSync(folder, { mode: 0o700 });
  return {
    folder,
    make(name) {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      return path;
    },
    keep(version) {
      const place = join(runs, version);
      renameSync(folder, place);
      return place;
    },
    discard: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Removes the oldest runs beyond the newest ten; those of `keep` (what an alias names) stay. */
export function pruneRuns(runs: string, keep: ReadonlySet<string>): void {
  const versions = existsSync(runs)
    ? readdirSync(runs)
        .filter((name) => versionPattern.test(name))
        .sort()
    : [];
  for (const version of versions.slice(0, -RUNS_KEPT))
    if (!keep.has(version)) rmSync(join(runs, version), { recursive: true, force: true });
}

/** SHA-256 of a file, streamed. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
