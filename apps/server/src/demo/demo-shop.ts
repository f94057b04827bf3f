import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS } from '@tillcast/core/simulation/rhythm';
import type { ShopSettings } from '@tillcast/core/simulation/shop';
import { openDataDir } from '../cli/data-dir.ts';
import { describeLine } from '../cli/train-progress.ts';
import { openEventLog, openModelRegistry } from '../compose.ts';
import { openSource } from '../importing/sources/open-source.ts';
import type { ImportSummary } from '../importing/tally.ts';
import { importEvents } from '../jobs/import-events.ts';
import { simulateToFile } from '../jobs/simulate-shop.ts';
import { train } from '../jobs/train.ts';
import type { TrainingOutcome } from '../jobs/train-options.ts';
import type { Env } from '../setting-or-file.ts';

/** The demo's shop: small enough to train on in a minute or two, large enough to learn something from. */
export const demoDays = 28;
const demoShoppers = 4_000;

/** Settings of the shop whose history ends at `untilMs`. */
export const demoSettings = (seed: number, untilMs: number): ShopSettings => ({
  shoppers: demoShoppers,
  days: demoDays,
  seed,
  startMs: untilMs - demoDays * DAY_MS,
});

/** What the demo reports while it works: one line a step. */
export type Tell = (text: string) => void;

/** Whether an earlier demo left a champion that can be served at once. */
export async function hasChampion(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  return (await openModelRegistry(openDataDir(folder)).resolve('session', 'champion')) !== undefined;
}

/** Simulates the shop's history into a file of canonical events. */
export async function simulateHistory(folder: string, settings: ShopSettings, tell: Tell): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  const file = join(openDataDir(folder).root, 'history.jsonl');
  await simulateToFile({ settings, out: file, onProgress: tell });
  return file;
}

/** The demo keeps its shop in its own folder, whatever DATABASE_URL says: its events are nobody's data. */
export const embedded: Env = {};

/** Imports a file of canonical events, as `tillcast import` would. */
export async function importHistory(folder: string, file: string, tell: Tell): Promise<ImportSummary> {
  const dir = openDataDir(folder);
  const log = openEventLog(dir, embedded);
  try {
    return await importEvents({
      files: [file],
      source: openSource('tillcast'),
      log,
      rejectedFile: join(dir.root, 'rejected.jsonl'),
      nowMs: Date.now(),
      onProgress: ({ rows }) => tell(`${rows.toLocaleString('en')} events`),
    });
  } finally {
    await log.close();
  }
}

/** Trains one model on what is stored, with a search small enough for a demo. */
export async function trainDemo(
  folder: string,
  target: 'item' | 'session',
  seed: number,
  tell: Tell,
  signal: AbortSignal,
): Promise<TrainingOutcome> {
  const dir = openDataDir(folder);
  const log = openEventLog(dir, embedded);
  try {
    return await train({
      ...{ data: dir, log, registry: openModelRegistry(dir), target, seed, signal },
      ...{ trials: 2, threads: 2, maxTrees: 250, budgetSeconds: 25, replicates: 500 },
      onProgress: ({ text, line }) => tell((line && describeLine(line)) ?? text),
    });
  } finally {
    await log.close();
  }
}
