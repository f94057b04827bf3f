import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import { afterAll } from 'vitest';
import { anEvent } from '../../../../packages/core/test/arbitraries/event.ts';
import { aPrediction } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { tinyBundle, versionOf } from '../../../../packages/stores/test/folder/tiny-bundle.ts';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { openDeadLetters, openEventLog, openItemCatalogue, openPredictionLog, openSuppressions } from '../../src/compose.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-backups-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let made = 0;

/** A new path in this file's scratch folder. */
export const scratchPath = (name: string): string => join(scratch, `${made++}-${name}`);

/** The registry of a data directory. */
export function registryOf(root: string) {
  const keys = openSigningKeys(join(root, 'keys'));
  return { keys, registry: openFolderRegistry({ folder: join(root, 'models'), keys, now: Date.now }) };
}

/** A data directory with something of everything in it: two people's events, lines and letters, a fact, a champion, work in progress. */
export async function openSmallData(): Promise<string> {
  const dir = openDataDir(scratchPath('data'));
  const [log, lines, letters] = [openEventLog(dir, {}), openPredictionLog(dir, {}), openDeadLetters(dir, {})];
  const [catalogue, suppressions] = [openItemCatalogue(dir, {}), await openSuppressions(dir, {})];
  await log.append([anEvent({ eventId: 'a1', userId: 'ana' }), anEvent({ eventId: 'b1', userId: 'bea' })]);
  await lines.append([
    aPrediction({ predictionId: 'pa', shopper: 'u:ana', userId: 'ana' }),
    aPrediction({ predictionId: 'pb', shopper: 'u:bea', userId: 'bea' }),
  ]);
  const letter = { tenant: 'default', source: 'stream', reason: 'X', problem: 'x', receivedAtMs: 1 } as const;
  await letters.put([
    { ...letter, letterId: 'la', body: '{"user_id":"\\u0061na", cut' },
    { ...letter, letterId: 'lb', body: '{"user_id":"bea"}' },
  ]);
  await catalogue.append([{ tenant: 'default', itemId: 'i1', validFromMs: 1, receivedAtMs: 2, says: { price: 3 } }]);
  await suppressions.add([]);
  for (const store of [log, lines, letters, catalogue, suppressions]) await store.close();
  const { registry, keys } = registryOf(dir.root);
  const { manifest } = await registry.add(tinyBundle(keys));
  await registry.move({
    model: 'session',
    alias: 'champion',
    version: manifest.version ?? versionOf(1),
    by: 'test',
    why: 'first',
  });
  mkdirSync(dir.batchJobs);
  writeFileSync(join(dir.batchJobs, 'rows.csv'), 'user_id\nana\n');
  writeFileSync(join(dir.root, 'rejected.jsonl'), '{}\n');
  writeFileSync(join(dir.keys, 'jwt-secret'), 'not a secret\n');
  return dir.root;
}

/** Ids of everything that is in the stores of a directory. */
export async function contentsOf(root: string) {
  const dir = openDataDir(root);
  const [log, lines, letters, catalogue] = [
    openEventLog(dir, {}),
    openPredictionLog(dir, {}),
    openDeadLetters(dir, {}),
    openItemCatalogue(dir, {}),
  ];
  const found = { events: [] as string[], predictions: [] as string[], letters: [] as string[], facts: await catalogue.count() };
  for await (const batch of log.read()) found.events.push(...batch.map(({ eventId }) => eventId));
  for await (const batch of lines.read()) found.predictions.push(...batch.map(({ record }) => record.predictionId));
  for await (const batch of letters.read()) found.letters.push(...batch.map(({ letterId }) => letterId));
  for (const store of [log, lines, letters, catalogue]) await store.close();
  return found;
}
