import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDatabase, copyDatabase } from '@tillcast/stores/sqlite/copy-database';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { embeddedSchemas } from '@tillcast/stores/sqlite/schemas';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-schemas-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (): string => join(folder, `${files++}.db`);
const sources = join(import.meta.dirname, '..', '..', 'src', 'sqlite');

/** Everything a file's schema consists of. */
function shapeOf(file: string): unknown[] {
  const database = new Database(file, { readonly: true });
  const shape = database.prepare('select type, name, sql from sqlite_schema order by type, name').all();
  const version = database.pragma('user_version', { simple: true });
  database.close();
  return [...shape, version];
}

const stores = Object.entries(embeddedSchemas);
const everyVersion = stores.flatMap(([name, steps]) => steps.map((_, version) => ({ name, version, newest: steps.length })));
const child = join(import.meta.dirname, 'migrate-child.ts');
const statementsIn = (sql: string): number => sql.split(';').filter((text) => text.trim() !== '').length;

describe('the schemas of embedded stores', () => {
  it('are all known: of every file in the folder that opens a database', () => {
    const opening = readdirSync(sources).filter(
      (file) => file !== 'open-database.ts' && /openDatabase\(/.test(readFileSync(join(sources, file), 'utf8')),
    );
    expect(opening.length).toBe(stores.length);
  });

  it.each(everyVersion)(
    '$name at $version of $newest comes to what a new one is, and goes on when killed at any statement',
    {
      timeout: 60_000,
    },
    ({ name, version }) => {
      const steps = embeddedSchemas[name]!;
      const whole = fresh();
      openDatabase(whole, steps).close();
      const ahead = steps.slice(version).reduce((sum, sql) => sum + statementsIn(sql), 0);
      // Every statement by itself in the long run; its ends and its middle at each change.
      const places = process.env.TILLCAST_LONG === '1' ? Array.from({ length: ahead }, (_, i) => i + 1) : [1, ahead];
      for (const after of new Set(places)) {
        const file = fresh();
        openDatabase(file, steps.slice(0, version)).close();
        const before = shapeOf(file);
        const { signal } = spawnSync(process.execPath, [child, file, name, String(after)]);
        expect(signal).toBe('SIGKILL');
        expect(shapeOf(file)).toEqual(before);
        openDatabase(file, steps).close();
        expect(shapeOf(file)).toEqual(shapeOf(whole));
      }
    },
  );

  it.each(stores)('%s of a newer Tillcast is refused: found, known and remedy named; the file stays as it is', (_, steps) => {
    const file = fresh();
    openDatabase(file, [...steps, 'create table later (x integer) strict']).close();
    const before = shapeOf(file);
    expect(() => openDatabase(file, steps)).toThrow(
      new RegExp(`newer Tillcast \\(schema ${steps.length + 1}, this one knows ${steps.length}\\); upgrade Tillcast`),
    );
    expect(shapeOf(file)).toEqual(before);
  });
});

describe('copyDatabase', () => {
  it('copies what is in the write-ahead log alone, with its schema version, while a writer is open', () => {
    const [from, to] = [fresh(), fresh()];
    const writer = openDatabase(from, ['create table a (x integer) strict']);
    writer.exec('insert into a values (1), (2)');
    expect(copyDatabase(from, to)).toBe(1);
    writer.exec('insert into a values (3)');
    writer.close();
    const copy = new Database(to, { readonly: true });
    expect(copy.prepare('select count(*) from a').pluck().get()).toBe(2);
    copy.close();
  });

  it('says which file is no database, is not there, or is damaged', () => {
    expect(() => copyDatabase(join(folder, 'nowhere.db'), fresh())).toThrow(/nowhere\.db cannot be copied/);
    const file = fresh();
    const database = openDatabase(file, ['create table a (x text) strict; create index i on a (x)']);
    database.exec(`insert into a with recursive n(i) as (values (1) union all select i + 1 from n where i < 2000)
      select hex(randomblob(40)) from n`);
    database.close();
    const raw = new Database(file);
    raw.unsafeMode(true);
    raw.pragma('writable_schema = on');
    raw.exec(`update sqlite_schema set rootpage = 999999 where name = 'i'`);
    raw.close();
    expect(() => checkDatabase(file)).toThrow(/is damaged, or no SQLite database/);
  });
});
