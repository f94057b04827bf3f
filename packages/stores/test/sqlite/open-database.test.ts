import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { afterAll, describe, expect, it } from 'vitest';
import { anEvent } from '../../../core/test/arbitraries/event.ts';
import { readAll } from '../../../core/test/contract/event-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-open-'));
afterAll(() => rmSync(folder, { recursive: true }));
const steps = ['create table a (x integer) strict', 'create table b (x integer) strict'];

describe('openDatabase', () => {
  it('writes ahead and syncs every commit, as read back', () => {
    const database = openDatabase(join(folder, 'durable.db'), steps);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });

  it('runs each migration once, and those that are new', () => {
    const file = join(folder, 'steps.db');
    openDatabase(file, steps.slice(0, 1)).close();
    openDatabase(file, steps).close();
    const database = openDatabase(file, steps);
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    database.close();
  });

  it('refuses a file of a newer Tillcast and leaves it as it is', () => {
    const file = join(folder, 'newer.db');
    openDatabase(file, steps).close();
    expect(() => openDatabase(file, steps.slice(0, 1))).toThrow(/newer Tillcast \(schema 2, this one knows 1\)/);
    openDatabase(file, steps).close();
  });

  it('takes back a migration that fails half way', () => {
    const file = join(folder, 'half.db');
    expect(() => openDatabase(file, [steps[0]!, 'nonsense'])).toThrow(/cannot be opened/);
    openDatabase(file, steps).close();
  });

  it('says so where the file is no database, or no file', () => {
    writeFileSync(join(folder, 'text.db'), 'this is no database, and long enough to be seen as one that is not');
    expect(() => sqliteEventLog(join(folder, 'text.db'))).toThrow(/cannot be opened/);
    expect(() => sqliteEventLog(folder)).toThrow(/cannot be opened/);
  });
});

describe('sqliteEventLog', () => {
  it('finds everything again in a second process’s place', async () => {
    const file = join(folder, 'again.db');
    const first = sqliteEventLog(file);
    await first.append([anEvent()]);
    await first.close();
    const second = sqliteEventLog(file);
    expect(await readAll(second)).toStrictEqual([anEvent()]);
    expect(await second.append([anEvent(), anEvent({ userId: 'ben' })])).toMatchObject({ duplicate: 1, conflicts: [1] });
    await second.close();
  });

  it('commits what is waiting when it is closed', async () => {
    const file = join(folder, 'waiting.db');
    const log = sqliteEventLog(file, { windowMs: 60_000 });
    const ack = log.append([anEvent()]);
    await log.close();
    expect(await ack).toMatchObject({ accepted: 1 });
    const again = sqliteEventLog(file);
    expect(await again.count()).toBe(1);
    await again.close();
  });
});
