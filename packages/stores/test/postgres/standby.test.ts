import type { EventLog } from '@tillcast/core/ports/event-log';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { migrate } from '@tillcast/stores/postgres/migrate';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startFaultProxy } from '../../../../test/faults/tcp-fault-proxy.ts';
import { differences, keepAppending } from './fault-ledger.ts';
import { postgresMissing } from './shared-postgres.ts';
import { startPostgres, type TestPostgres } from './start-postgres.ts';

const isLong = process.env.TILLCAST_LONG === '1';
const rounds = isLong ? 20 : 1;
const budgetMs = 2_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function on<Row extends object>(server: TestPostgres, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.url() });
  client.on('error', () => {});
  await client.connect();
  return (await client.query<Row>(sql).finally(() => client.end())).rows;
}

async function until(is: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await is()); await pause(20))
    if (Date.now() > deadline) throw new Error('it did not come to that within 30 s');
}

/** A primary and a standby that streams from it. `synchronous`: commits wait for the standby's disk. */
async function openPair(synchronous: boolean) {
  const primary = await startPostgres();
  await migrate(primary.url());
  // What is on its way between the two is in nobody's hands: cut off, it is lost.
  const wire = await startFaultProxy({ port: primary.port });
  const standby = await startPostgres({ standbyOf: primary, wire: wire.port });
  if (synchronous) {
    await on(primary, `alter system set synchronous_standby_names = '*'`);
    await on(primary, 'select pg_reload_conf()');
  }
  const state = synchronous ? 'sync' : 'async';
  await until(async () => (await on(primary, `select 1 from pg_stat_replication where sync_state = '${state}'`)).length === 1);
  const close = async (): Promise<void> => {
    await Promise.all([primary.stop(), standby.stop()]);
    await wire.close();
  };
  return { primary, standby, wire, close };
}

/** Callers append; the primary dies, the standby is promoted, callers are led to it as a changed address leads them. What was acked and is lost. */
async function failOver(synchronous: boolean, { isCutOff }: { isCutOff: boolean }) {
  const { primary, standby, wire, close } = await openPair(synchronous);
  const logs = [primary, standby].map((server) => postgresEventLog(server.url(), { budgetMs }));
  let current = logs[0]!;
  const ackedAt = new Map<string, number>();
  const append: EventLog['append'] = async (events) => {
    const answer = await current.append(events);
    for (const { eventId } of events) ackedAt.set(eventId, performance.now());
    return answer;
  };
  try {
    const ledger = keepAppending({ ...current, append }, { callers: 4, pauseMs: 2, name: 'standby' });
    await until(async () => ledger.acked.size > 60);
    if (isCutOff) {
      await wire.set({ kind: 'black-hole' });
      await pause(500);
    }
    const ackedBefore = ledger.acked.size;
    await pause(300);
    const ackedMeanwhile = isCutOff ? ledger.acked.size - ackedBefore : 0;
    const acked = new Set(ledger.acked);
    await primary.kill();
    const diedAt = performance.now();
    await on(standby, 'select pg_promote()');
    await until(
      async () => (await on<{ standby: boolean }>(standby, 'select pg_is_in_recovery() as standby'))[0]!.standby === false,
    );
    current = logs[1]!;
    const { lost } = await differences(current, acked);
    await ledger.finish();
    const after = await differences(current, ledger.acked);
    const lostSinceMs = lost.length === 0 ? 0 : diedAt - Math.min(...lost.map((id) => ackedAt.get(id)!));
    return {
      acked: acked.size,
      lost: lost.length,
      lostSinceMs,
      after,
      wrong: ledger.wrong,
      refused: ledger.refused,
      ackedMeanwhile,
    };
  } finally {
    await Promise.all(logs.map((log) => log.close()));
    await close();
  }
}

describe.skipIf(postgresMissing !== undefined)('a standby that is promoted under load', { timeout: 900_000 }, () => {
  it(`loses nothing that was acked where it is synchronous (${rounds} times)`, async () => {
    for (let n = 0; n < rounds; n++) {
      const { acked, lost, after, wrong } = await failOver(true, { isCutOff: false });
      expect({ lost, after, wrong }).toEqual({ lost: 0, after: { lost: [], doubled: [] }, wrong: [] });
      if (n === 0) console.log(`synchronous standby promoted: ${acked} events acked before, 0 lost`);
    }
  });

  it.runIf(isLong)('that is synchronous and cut off holds acks up instead of letting them be lost', async () => {
    const { lost, ackedMeanwhile, refused } = await failOver(true, { isCutOff: true });
    expect([lost, ackedMeanwhile]).toEqual([0, 0]);
    expect(refused).toBeGreaterThan(0);
  });

  // The control: the same test finds a loss where there is one, and says how much.
  it.runIf(isLong)(
    'that is asynchronous and lags loses what it had not received, and the report says how much that is',
    async () => {
      const { acked, lost, lostSinceMs } = await failOver(false, { isCutOff: true });
      console.log(`asynchronous standby promoted: ${lost} of ${acked} acked events lost, RPO ${lostSinceMs.toFixed(0)} ms`);
      expect(lost).toBeGreaterThan(0);
      expect(lostSinceMs).toBeGreaterThan(0);
    },
  );
});
