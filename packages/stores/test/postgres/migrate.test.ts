import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { migrate } from '@tillcast/stores/postgres/migrate';
import type { Migration } from '@tillcast/stores/postgres/migrations/migration';
import { migrations } from '@tillcast/stores/postgres/migrations/migrations';
import { openPostgres } from '@tillcast/stores/postgres/postgres';
import { assertSchema } from '@tillcast/stores/postgres/schema-state';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anEvent } from '../../../core/test/arbitraries/event.ts';
import { catalogOf } from './catalog-of.ts';
import { sampleSteps } from './sample-steps.ts';
import { freshDatabase, postgresMissing } from './shared-postgres.ts';

/** Stops the migration after a number of statements, by an error or by the end of its connection. */
function stopAfter(count: number, stop: () => void | Promise<void>): () => Promise<void> {
  let left = count;
  return async () => {
    left -= 1;
    if (left === 0) await stop();
  };
}

/** A budget for a machine that does other things as well. */
const budgetMs = 20_000;

describe.skipIf(postgresMissing !== undefined)('tillcast migrate', () => {
  let url: string;
  let admin: pg.Client;
  let whole: readonly string[];
  let statements = 0;

  beforeAll(async () => {
    url = await freshDatabase('migrate');
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await migrate(url, {
      schema: 'whole',
      steps: sampleSteps,
      contract: true,
      onStatement: () => {
        statements += 1;
      },
    });
    whole = await catalogOf(url, 'whole');
  });
  afterAll(() => admin?.end());

  const finish = async (schema: string): Promise<void> => {
    await migrate(url, { schema, steps: sampleSteps, contract: true });
    expect(await catalogOf(url, schema)).toEqual(whole);
    const { rows } = await admin.query(
      `select count(*)::int as notes, count(distinct new_text)::int as texts from ${schema}.note`,
    );
    expect(rows).toEqual([{ notes: 200, texts: 200 }]);
  };

  it('ends with the same schema, whichever statement it was cut off after', async () => {
    expect(statements).toBeGreaterThan(15);
    // Every third one; all of them in the long run.
    for (let count = 1; count <= statements; count += process.env.TILLCAST_LONG ? 1 : 3) {
      const schema = `cut_${count}`;
      const cut = stopAfter(count, async () => {
        await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tillcast migrate' and datname = current_database()`,
        );
      });
      await migrate(url, { schema, steps: sampleSteps, contract: true, onStatement: cut }).catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' }),
      );
      await finish(schema);
    }
  }, 300_000);

  it('ends with the same schema after SIGKILL', async () => {
    const child = fileURLToPath(new URL('migrate-child.ts', import.meta.url));
    for (const count of process.env.TILLCAST_LONG ? Array.from({ length: statements }, (_, i) => i + 1) : [6, statements - 4]) {
      const schema = `killed_${count}`;
      const { signal } = spawnSync(process.execPath, [child, url, schema, String(count)], { stdio: 'inherit' });
      expect(signal).toBe('SIGKILL');
      await finish(schema);
    }
  });

  it('would notice a step that cannot be repeated', async () => {
    const careless = sampleSteps.map((step): Migration => (step.name === 'notes' ? { ...step, transactional: false } : step));
    const until = sampleSteps.findIndex(({ name }) => name === 'notes');
    const cut = stopAfter(statementsBefore(until) + 1, () => Promise.reject(new Error('cut off')));
    await expect(migrate(url, { schema: 'careless', steps: careless, contract: true, onStatement: cut })).rejects.toThrow(
      'cut off',
    );
    await expect(migrate(url, { schema: 'careless', steps: careless, contract: true })).rejects.toThrow('already exists');
  });

  it('runs once where two run at a time', async () => {
    const run = () => migrate(url, { schema: 'twins', steps: sampleSteps, lockTimeoutMs: 30_000 });
    const outcomes = await Promise.all([run(), run(), run()]);
    expect(outcomes.map(({ applied }) => applied.length).sort()).toEqual([0, 0, sampleSteps.length - 1]);
  });

  it('stands back where another one does not end', async () => {
    await admin.query(`select pg_advisory_lock(hashtextextended('tillcast migrate taken', 0))`);
    await expect(migrate(url, { schema: 'taken', lockTimeoutMs: 100 })).rejects.toThrow('another migration is under way');
    await admin.query('select pg_advisory_unlock_all()');
  });

  it('waits 3 s for a lock and no longer, and nothing is half done', async () => {
    await migrate(url, { schema: 'blocked' });
    const asks = (schema: string) => [`create table ${schema}.seen as select current_setting('lock_timeout') as patience`];
    const seeing: Migration = { id: 1, name: 'sees', phase: 'expand', transactional: true, statements: asks };
    await migrate(url, { schema: 'defaults', steps: [seeing] });
    expect((await admin.query('select patience from defaults.seen')).rows).toEqual([{ patience: '3s' }]);
    await admin.query('begin');
    await admin.query('lock table blocked.event in access share mode');
    const step: Migration = {
      id: migrations.length + 1,
      name: 'a column',
      phase: 'expand',
      transactional: true,
      statements: (schema) => [`create table ${schema}.half (id integer)`, `alter table ${schema}.event add column extra text`],
    };
    const blocked = migrate(url, { schema: 'blocked', steps: [...migrations, step], lockTimeoutMs: 200 });
    await expect(blocked).rejects.toThrow(/a lock was not free within 200 ms.*run tillcast migrate again/s);
    expect((await admin.query(`select to_regclass('blocked.half') as half`)).rows).toEqual([{ half: null }]);
    await admin.query('rollback');
    expect((await migrate(url, { schema: 'blocked', steps: [...migrations, step] })).applied).toHaveLength(1);
  });

  it('leaves contracting for when it is asked to', async () => {
    const { outstanding } = await migrate(url, { schema: 'patient', steps: sampleSteps });
    expect(outstanding.map(({ phase }) => phase)).toEqual(['contract']);
    expect((await migrate(url, { schema: 'patient', steps: sampleSteps, contract: true, dryRun: true })).applied).toHaveLength(1);
    expect((await migrate(url, { schema: 'patient', steps: sampleSteps, contract: true })).outstanding).toEqual([]);
  });

  it('lets a program serve only on a schema it knows: not older, not contracted by a newer one', async () => {
    await admin.query('create schema bare');
    const bare = postgresEventLog(url, { schema: 'bare', budgetMs });
    await expect(bare.append([anEvent()])).rejects.toThrow(/lacks the step.*1 \(event log\).*run tillcast migrate/s);
    await migrate(url, { schema: 'bare' });
    // Asked anew: no restart is needed.
    expect(await bare.append([anEvent()])).toMatchObject({ accepted: 1 });
    await bare.close();

    await migrate(url, { schema: 'ahead', steps: sampleSteps });
    const before = postgresEventLog(url, { schema: 'ahead', budgetMs });
    expect(await before.append([anEvent()])).toMatchObject({ accepted: 1 });
    await before.close();
    await migrate(url, { schema: 'ahead', steps: sampleSteps, contract: true });
    const tooOld = postgresEventLog(url, { schema: 'ahead', budgetMs });
    await expect(tooOld.append([anEvent()])).rejects.toThrow(/contracted by a newer Tillcast.*upgrade this program/s);
    await tooOld.close();
    const postgres = openPostgres(url, { schema: 'ahead', budgetMs });
    await expect(postgres.prompt.use((session) => assertSchema(session, 'ahead', sampleSteps))).resolves.toBeUndefined();
    await postgres.close();
  });

  const statementsBefore = (step: number): number =>
    // Lock, schema, table and reading what was applied come first; a step is its statements, its record, and begin and commit.
    sampleSteps
      .slice(0, step)
      .reduce((sum, { statements: of, transactional }) => sum + of('x').length + (transactional ? 3 : 1), 5);
});
