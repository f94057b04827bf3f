import type { EventLog } from '@tillcast/core/ports/event-log';
import { openConnections } from '@tillcast/stores/postgres/connections';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { migrate } from '@tillcast/stores/postgres/migrate';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, type FaultProxy, startFaultProxy } from '../../../../test/faults/tcp-fault-proxy.ts';
import { anEvent } from '../../../core/test/arbitraries/event.ts';
import { differences, keepAppending, type Ledger } from './fault-ledger.ts';
import { postgresMissing } from './shared-postgres.ts';
import { startPostgres, type TestPostgres } from './start-postgres.ts';

const long = process.env.TILLCAST_LONG !== undefined;
const cycles = long ? 50 : 2;
const frozenMs = long ? 60_000 : 3_000;
const budgetMs = 250;
/** A group that waits behind one that fails, and a machine that does other things as well. */
const patienceMs = 2 * budgetMs + 2_000;
const recoveryMs = 5_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(postgresMissing !== undefined)(
  'the event log while PostgreSQL fails',
  { timeout: long ? 900_000 : 60_000 },
  () => {
    let server: TestPostgres;
    let proxy: FaultProxy;
    let log: EventLog;
    let name = '';
    let databases = 0;
    let ledgers = 0;

    beforeAll(async () => {
      server = await startPostgres();
      proxy = await startFaultProxy({ port: server.port });
    });
    beforeEach(async () => {
      name = `faults_${databases++}`;
      await onServer(`create database ${name}`);
      await migrate(server.url(name));
      log = postgresEventLog(server.url(name, proxy.port), { budgetMs });
      await eventually(() => log.append([anEvent({ eventId: 'first' })]));
    });
    afterEach(async () => {
      await proxy.set({ kind: 'pass' });
      await log.close();
    });
    afterAll(async () => {
      await proxy?.close();
      await server?.stop();
    });

    async function onServer(sql: string, database = 'postgres'): Promise<void> {
      const client = new pg.Client({ connectionString: server.url(database) });
      client.on('error', () => {});
      await client.connect();
      await client.query(sql).finally(() => client.end());
    }

    /** Milliseconds until the work succeeds. */
    async function eventually(work: () => Promise<unknown>): Promise<number> {
      const start = performance.now();
      for (;;) {
        try {
          await work();
          return performance.now() - start;
        } catch (error) {
          if (performance.now() - start > 20_000) throw error;
          await pause(10);
        }
      }
    }

    /** Lets callers append while something fails and is over again; then everything acked must be there, once. */
    async function endure(
      fail: () => Promise<void>,
      mend: () => Promise<void>,
      failingMs: number,
      rounds = cycles,
    ): Promise<Ledger> {
      const before = await log.count();
      const ledger = keepAppending(log, { callers: 8, pauseMs: 2, name: `e${ledgers++}` });
      for (let round = 0; round < rounds; round++) {
        await pause(60 + ((round * 37) % 60));
        await fail();
        await pause(failingMs);
        const ackedBefore = ledger.acked.size;
        await mend();
        const backMs = await eventually(async () => {
          if (ledger.acked.size === ackedBefore) throw new Error('no ack since it was mended');
        });
        expect(backMs).toBeLessThan(recoveryMs);
      }
      await ledger.finish();
      expect(ledger.wrong).toEqual([]);
      const { lost, doubled } = await differences(log, ledger.acked);
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
      // Each event was accepted exactly once, a commit whose answer was lost included: its retry by the caller is what counts it.
      expect(ledger.accepted).toBe(ledger.acked.size);
      expect((await log.count()) - before).toBe(ledger.acked.size);
      return ledger;
    }
    const through = (fault: Fault, failingMs = 300) =>
      endure(
        () => proxy.set(fault),
        () => proxy.set({ kind: 'pass' }),
        failingMs,
      );
    const slowest = ({ tookMs }: Ledger): number => Math.max(...tookMs);

    it(`acks or refuses, and is back within 5 s: kill -9 of every server process, ${cycles} times`, async () => {
      const ledger = await endure(
        () => server.kill(),
        () => server.restart(),
        100,
      );
      expect(ledger.refused).toBeGreaterThan(0);
    });

    it(`the same: SIGSTOP of every server process for ${frozenMs / 1_000} s`, async () => {
      const ledger = await endure(
        async () => server.freeze(),
        async () => server.thaw(),
        frozenMs,
        1,
      );
      expect(ledger.refused).toBeGreaterThan(0);
      expect(slowest(ledger)).toBeLessThan(patienceMs);
    });

    it('the same: refused connections', async () => {
      const ledger = await through({ kind: 'refuse' });
      expect(ledger.refused).toBeGreaterThan(0);
    });

    it('the same: a black hole', async () => {
      const ledger = await through({ kind: 'black-hole' }, 600);
      expect(ledger.refused).toBeGreaterThan(0);
    });

    it('the same: replies that come after the budget', async () => {
      const ledger = await through({ kind: 'delay', ms: 2 * budgetMs }, 600);
      expect(ledger.refused).toBeGreaterThan(0);
    });

    it('the same: connections reset before and in the middle of every reply', async () => {
      await through({ kind: 'reset-mid-reply', bytes: 0 });
      const ledger = await through({ kind: 'reset-mid-reply', bytes: 40 });
      expect(ledger.refused).toBeGreaterThan(0);
    });

    it('the same: a network that flaps', async () => {
      let stop = async (): Promise<void> => {};
      await endure(
        async () => {
          stop = proxy.flap({ kind: 'refuse' }, 120);
        },
        () => stop(),
        long ? 300_000 : 800,
        1,
      );
    });

    it('tries once more where only the connection broke: nobody notices', async () => {
      await onServer(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`,
      );
      expect(await log.append([anEvent({ eventId: 'after' })])).toMatchObject({ accepted: 1, duplicate: 0 });
      expect(await log.append([anEvent({ eventId: 'after' })])).toMatchObject({ accepted: 0, duplicate: 1 });
    });

    it('counts an event once as new when the answer of its commit was lost', async () => {
      await proxy.set({ kind: 'reset-mid-reply', bytes: 0 });
      await expect(log.append([anEvent({ eventId: 'x' }), anEvent({ eventId: 'y' })])).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      await proxy.set({ kind: 'pass' });
      // It had been committed, though nobody was told.
      expect(await log.count()).toBe(3);
      expect(await log.append([anEvent({ eventId: 'x' })])).toMatchObject({ accepted: 1, duplicate: 0 });
      expect(await log.append([anEvent({ eventId: 'x' }), anEvent({ eventId: 'y' })])).toMatchObject({
        accepted: 1,
        duplicate: 1,
      });
      expect(await log.append([anEvent({ eventId: 'x', userId: 'ben' })])).toMatchObject({ conflicts: [0] });
    });

    it('answers within the budget where a lock or the server’s own limit of connections is in the way', async () => {
      const blocker = new pg.Client({ connectionString: server.url(name) });
      await blocker.connect();
      await blocker.query('begin; lock table tillcast.event in access exclusive mode');
      const start = performance.now();
      await expect(log.append([anEvent({ eventId: 'blocked' })])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(performance.now() - start).toBeLessThan(patienceMs);
      await blocker.query('rollback');
      await eventually(() => expect(log.append([anEvent({ eventId: 'blocked' })])).resolves.toMatchObject({ accepted: 1 }));
      await blocker.end();

      await onServer(`alter database ${name} connection limit 0`);
      // The superuser of the tests is above the limit; an ordinary role is not.
      await onServer(
        `create role shop_${name} login; grant all on schema tillcast to shop_${name}; grant all on all tables in schema tillcast to shop_${name}`,
        name,
      );
      const crowded = postgresEventLog(server.url(name).replace('tillcast@', `shop_${name}@`), { budgetMs });
      await expect(crowded.append([anEvent({ eventId: 'crowded' })])).rejects.toThrow(/too many connections/);
      await onServer(`alter database ${name} connection limit -1`);
      await eventually(() => expect(crowded.append([anEvent({ eventId: 'crowded' })])).resolves.toMatchObject({ accepted: 1 }));
      await crowded.close();
    });

    it('refuses a server that acks before the disk has it, and keeps to what it found when the server is weakened later', async () => {
      await onServer(`alter database ${name} set synchronous_commit = off`);
      const careless = postgresEventLog(server.url(name), { budgetMs: 5_000 });
      await expect(careless.append([anEvent({ eventId: 'careless' })])).rejects.toThrow(
        /synchronous_commit is off.*set it to on/,
      );
      await onServer(`alter database ${name} reset synchronous_commit`);
      expect(await careless.append([anEvent({ eventId: 'careless' })])).toMatchObject({ accepted: 1 });
      await careless.close();

      const one = openConnections(server.url(name), { max: 1, budgetMs: 5_000 });
      const inForce = async () =>
        (await one.run<{ value: string }>({ sql: `select current_setting('synchronous_commit') as value` })).rows[0]!.value;
      expect(await inForce()).toBe('on');
      const weaken = async (change: string): Promise<void> => {
        await onServer(change);
        await onServer('select pg_reload_conf()');
      };
      await weaken('alter system set synchronous_commit = off');
      await eventually(() => expect(askAnew()).resolves.toBe('off'));
      expect(await inForce()).toBe('on');
      await weaken('alter system reset synchronous_commit');
      await one.close();
    });

    /** What a new session of anybody's gets. */
    async function askAnew(): Promise<string> {
      const client = new pg.Client({ connectionString: server.url(name) });
      await client.connect();
      const { rows } = await client.query<{ value: string }>(`select current_setting('synchronous_commit') as value`);
      await client.end();
      return rows[0]!.value;
    }

    it('would notice a log that takes "unknown" for done', async () => {
      const hopeful: EventLog = {
        ...log,
        append: (events) =>
          log
            .append(events)
            .catch(() => ({ accepted: events.length, duplicate: 0, conflicts: [], acceptedIndexes: events.map((_, i) => i) })),
      };
      const ledger = keepAppending(hopeful, { callers: 8, pauseMs: 2, name: 'h' });
      await pause(60);
      await proxy.set({ kind: 'refuse' });
      await pause(100);
      await proxy.set({ kind: 'pass' });
      await ledger.finish();
      expect((await differences(log, ledger.acked)).lost.length).toBeGreaterThan(0);
    });

    it('would notice a log that writes a retry anew', async () => {
      let attempt = 0;
      const forgetful: EventLog = {
        ...log,
        append: (events) => log.append(events.map((event) => ({ ...event, eventId: `${event.eventId}#${attempt++}` }))),
      };
      const ledger = keepAppending(forgetful, { callers: 4, pauseMs: 2, name: 'f' });
      await pause(60);
      await proxy.set({ kind: 'reset-mid-reply', bytes: 0 });
      await pause(100);
      await proxy.set({ kind: 'pass' });
      await ledger.finish();
      expect(await log.count()).toBeGreaterThan(ledger.acked.size + 1);
    });
  },
);
