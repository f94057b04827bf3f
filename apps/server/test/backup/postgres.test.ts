import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anEvent } from '../../../../packages/core/test/arbitraries/event.ts';
import { aPrediction } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { freshDatabase, postgresMissing } from '../../../../packages/stores/test/postgres/shared-postgres.ts';
import { postgresPrograms } from '../../../../packages/stores/test/postgres/start-postgres.ts';
import { makeBackup } from '../../src/backup/make-backup.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { eraseAgain } from '../../src/backup/staged-erasures.ts';
import { openDataDir } from '../../src/cli/data-dir.ts';
import {
  copyEmbedded,
  databasePart,
  embeddedSchema,
  migrateDatabase,
  openDeadLetters,
  openEventLog,
  openPredictionLog,
  openSuppressions,
} from '../../src/compose.ts';
import { registryOf, scratchPath } from './small-data.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'tillcast.mjs');

/** Copies a database as an operator would, by PostgreSQL's own programs. */
function dumpAndRestore(from: string, to: string): void {
  const dump = scratchPath('dump');
  for (const [program, args] of [
    ['pg_dump', ['--format=custom', '--schema=tillcast', `--file=${dump}`, from]],
    ['pg_restore', ['--exit-on-error', `--dbname=${to}`, dump]],
  ] as const) {
    const { status, stderr } = spawnSync(join(postgresPrograms!, program), args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  }
}

async function eventsOf(env: { DATABASE_URL: string }, root: string): Promise<string[]> {
  const log = openEventLog(openDataDir(root), env);
  const ids: string[] = [];
  for await (const batch of log.read()) ids.push(...batch.map(({ eventId }) => eventId));
  await log.close();
  return ids;
}

describe.skipIf(postgresMissing !== undefined)('a backup beside PostgreSQL', () => {
  it('takes what is in files along, names the place in the database’s log, and keeps erased people erased in an older dump', async () => {
    const env = { DATABASE_URL: await freshDatabase('backup') };
    await migrateDatabase(env.DATABASE_URL, {});
    const dir = openDataDir(scratchPath('data'));
    registryOf(dir.root).keys.sign(Buffer.from('makes a pair'));
    const [log, lines, letters] = [openEventLog(dir, env), openPredictionLog(dir, env), openDeadLetters(dir, env)];
    await log.append([anEvent({ eventId: 'a1', userId: 'ana' }), anEvent({ eventId: 'b1', userId: 'bea' })]);
    await lines.append([aPrediction({ predictionId: 'pa', shopper: 'u:ana', userId: 'ana' })]);
    const letter = { tenant: 'default', letterId: 'la', source: 'stream', reason: 'X', problem: 'x', receivedAtMs: 1 } as const;
    await letters.put([{ ...letter, body: '{"user_id":"ana"}' }]);
    await Promise.all([log, lines, letters].map((store) => store.close()));
    const first = await openSuppressions(dir, env);
    const older = await freshDatabase('backup_older');
    dumpAndRestore(env.DATABASE_URL, older);
    await first.add([{ digest: first.digestOf('default', 'u:ana'), erasedAtMs: Date.now() }]);
    await first.close();

    const out = scratchPath('out');
    const database = await databasePart(env);
    const manifest = await makeBackup({
      ...{ root: dir.root, out, release: 'test', copyDatabase: copyEmbedded, now: Date.now, database },
    });
    expect(manifest.database).toEqual({
      steps: expect.arrayContaining([1, 2, 3, 4]),
      wal_position: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    });
    expect(manifest.files.map(({ path }) => path)).toEqual([
      'data/keys/bundle-signing.key',
      'data/keys/bundle-signing.pub',
      'data/layout.json',
      'data/suppressions.db',
    ]);

    const oldEnv = { DATABASE_URL: older };
    expect(await eventsOf(oldEnv, dir.root)).toEqual(['a1', 'b1']);
    const restored = scratchPath('restored');
    let erased: unknown;
    await restoreBackup({
      ...{ from: out, root: restored, knownSchema: embeddedSchema },
      finish: async (staged) => {
        erased = await eraseAgain(staged, undefined, oldEnv);
      },
    });
    expect(erased).toEqual({ shoppers: 1, events: 1, predictions: 1, dead_letters: 1, exposures: 0 });
    expect(await eventsOf(oldEnv, restored)).toEqual(['b1']);
    expect(existsSync(join(restored, 'suppressions.db'))).toBe(false);

    const told = spawnSync(process.execPath, [bin, 'restore', out, '--data', scratchPath('files')], { encoding: 'utf8' });
    expect([told.status, told.stderr]).toEqual([2, expect.stringContaining('its events are in PostgreSQL')]);
    const foreign = { DATABASE_URL: await freshDatabase('backup_foreign') };
    await migrateDatabase(foreign.DATABASE_URL, {});
    const finish = async (staged: string): Promise<void> => void (await eraseAgain(staged, undefined, foreign));
    await expect(restoreBackup({ from: out, root: scratchPath('r'), knownSchema: embeddedSchema, finish })).rejects.toThrow(
      /is of another data directory/,
    );
  });
});
