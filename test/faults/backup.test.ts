import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import { eventMigrations } from '@tillcast/stores/sqlite/event-schema';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErasuresApplied } from '../../apps/server/src/backup/apply-erasures.ts';
import { makeBackup } from '../../apps/server/src/backup/make-backup.ts';
import { restoreBackup } from '../../apps/server/src/backup/restore-backup.ts';
import { eraseAgain } from '../../apps/server/src/backup/staged-erasures.ts';
import { openDataDir } from '../../apps/server/src/cli/data-dir.ts';
import { copyEmbedded, embeddedSchema, openDeadLetters, openEventLog, openPredictionLog } from '../../apps/server/src/compose.ts';
import { type Books, openBusyShop } from './backup/busy-shop.ts';
import { type ServeChild, startChild } from './serve-child.ts';

const rounds = process.env.TILLCAST_LONG === '1' ? 20 : 3;
const bin = join(import.meta.dirname, '..', '..', 'apps', 'server', 'bin', 'tillcast.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'tillcast-backup-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;
const fresh = (name: string): string => join(scratch, `${folders++}-${name}`);

/** A registry of a data directory, as the server of this one has it. */
const registryOf = (root: string) => {
  const keys = openSigningKeys(join(root, 'keys'));
  return { keys, registry: openFolderRegistry({ folder: join(root, 'models'), keys, now: Date.now }) };
};

/** What is wrong with a restored directory. `before` was acknowledged before the backup began, `since` before the restore did. */
async function audit(root: string, before: Books, since: Books, sent: ReadonlySet<string>): Promise<string[]> {
  const problems: string[] = [];
  const dir = openDataDir(root);
  const database = openDatabase(dir.database, eventMigrations);
  if (database.pragma('integrity_check', { simple: true }) !== 'ok') problems.push('the event log is damaged');
  database.close();
  const isErased = (user: string | undefined): boolean => user !== undefined && since.erased.has(user);

  const log = openEventLog(dir, {});
  const seen = new Map<string, number>();
  for await (const events of log.read())
    for (const { eventId, userId } of events) {
      seen.set(eventId, (seen.get(eventId) ?? 0) + 1);
      if (isErased(userId)) problems.push(`an event of ${userId}, who was erased, is back`);
      if (!sent.has(eventId) && !eventId.startsWith('goes-')) problems.push(`nobody sent ${eventId}`);
    }
  await log.close();
  const lost = [...before.events].filter((id) => !seen.has(id)).length;
  if (lost > 0) problems.push(`${lost} acked events are lost`);
  if ([...seen.values()].some((times) => times > 1)) problems.push('an event is there twice');

  const predictions = openPredictionLog(dir, {});
  for await (const lines of predictions.read())
    for (const { record } of lines) if (isErased(record.userId)) problems.push(`a prediction of ${record.userId} is back`);
  await predictions.close();

  const letters = openDeadLetters(dir, {});
  for await (const page of letters.read())
    for (const { body } of page)
      if ([...since.erased].some((user) => body.includes(`"${user}"`)))
        problems.push('a dead letter of an erased person is back');
  await letters.close();

  const { registry } = registryOf(root);
  const moves = await registry.history('session', 'challenger');
  if (moves.length < before.moves) problems.push(`${moves.length} of ${before.moves} moves are there`);
  for (const { version } of moves.slice(-3)) await registry.open('session', version!);
  return problems;
}

describe('a backup of a data directory that is in use', () => {
  const live = fresh('live');
  let server: ServeChild;
  let shop: ReturnType<typeof openBusyShop>;

  beforeAll(async () => {
    server = await startChild(bin, ['serve', '--data', live, '--port', '0', '--open', '--json'], { TILLCAST_RATE_LIMIT: '0' });
    const { registry, keys } = registryOf(live);
    shop = openBusyShop(server.url, registry, keys);
  });
  afterAll(async () => {
    server?.child.kill('SIGKILL');
    await server?.ended;
  });

  /** One backup under load, with erasures before, meanwhile and after it, and one restore; what came of it. */
  async function round(
    form: string,
    { copy = copyEmbedded, knowsWhoWasErased = true }: { copy?: typeof copyEmbedded; knowsWhoWasErased?: boolean } = {},
  ) {
    const [out, root] = [fresh(form), fresh('restored')];
    const [gone, going, staying] = [await shop.come(), await shop.come(), await shop.come()];
    await shop.erase(gone);
    const before = shop.books();
    await Promise.all([shop.erase(going), makeBackup({ root: live, out, release: 'test', copyDatabase: copy, now: Date.now })]);
    await shop.erase(staying);
    const since = shop.books();
    let applied: ErasuresApplied | undefined;
    try {
      await restoreBackup({
        ...{ from: out, root, knownSchema: embeddedSchema },
        finish: async (staged) => {
          applied = await eraseAgain(staged, knowsWhoWasErased ? join(live, 'suppressions.db') : undefined, {});
        },
      });
      return { problems: await audit(root, before, since, shop.sent), before, applied };
    } catch (error) {
      return { problems: [`it cannot be restored: ${(error as Error).message}`], before, applied };
    } finally {
      rmSync(root, { recursive: true, force: true });
      rmSync(out, { recursive: true, force: true });
    }
  }

  it(`${rounds} times: everything acked before the mark is there once, and erased people stay erased`, {
    timeout: 600_000,
  }, async () => {
    const sums = { acked: 0, erasedAgain: 0 };
    for (let n = 0; n < rounds; n++) {
      const { problems, before, applied } = await round(n % 2 === 0 ? 'folder' : 'file.tar');
      expect(problems).toEqual([]);
      sums.acked = before.events.size;
      sums.erasedAgain += applied!.shoppers;
    }
    console.log(
      `${rounds} backups under load: ${sums.acked} events acked before the last, ${sums.erasedAgain} people erased again`,
    );
    expect(sums.erasedAgain).toBeGreaterThanOrEqual(rounds);
  });

  it('catches a backup that copies the file and forgets its write-ahead log', async () => {
    const careless = (from: string, to: string): number => {
      copyFileSync(from, to);
      return 1;
    };
    const { problems } = await round('careless', { copy: careless });
    expect(problems.join()).toMatch(/acked events are lost|cannot be restored|damaged/);
  });

  it('catches a restore that does not know who was erased since', async () => {
    const { problems } = await round('forgetful', { knowsWhoWasErased: false });
    expect(problems.join()).toMatch(/who was erased, is back/);
  });

  it('and the server never noticed', async () => {
    await shop.end();
    expect(server.child.exitCode).toBeNull();
  });
});
