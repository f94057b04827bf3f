import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { eventMigrations } from '@tillcast/stores/sqlite/event-schema';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { afterAll, describe, expect, it } from 'vitest';
import { openSenders, type Senders } from './disk-full/senders.ts';
import { openSmallDisk, type SmallDisk } from './disk-full/small-disk.ts';
import { type ServeChild, startChild } from './serve-child.ts';

const [fillings, megabytes] = process.env.TILLCAST_LONG === '1' ? [100, 192] : [10, 48];
const scratch = mkdtempSync(join(tmpdir(), 'tillcast-disk-full-'));
const disks: SmallDisk[] = [];
const servers: ServeChild[] = [];
afterAll(() => {
  for (const { child } of servers) child.kill('SIGKILL');
  for (const disk of disks) disk.close();
  rmSync(scratch, { recursive: true, force: true });
});

function mount(name: string): SmallDisk | undefined {
  const disk = openSmallDisk(join(scratch, name), megabytes);
  if (disk !== undefined) disks.push(disk);
  return disk;
}

const disk = mount('honest');
if (disk === undefined) console.log('skipped: G3, disk full: a small disk can be mounted by root on Linux alone');
const command = join(import.meta.dirname, '../../apps/server/bin/tillcast.mjs');
const careless = join(import.meta.dirname, 'disk-full/careless-server.ts');

/** Sends until a batch has the wanted end; how long that took, ms. */
async function sendUntil(senders: Senders, wanted: 'acked' | 'refused', random: Random): Promise<number> {
  const startedMs = performance.now();
  while ((await senders.sendBatch(1 + Math.floor(random.uniform() * 40))) !== (wanted === 'acked')) {
    if (performance.now() - startedMs > 20_000)
      throw new Error(`no batch was ${wanted} within 20 s; the last refusal: ${senders.seen.lastRefusal}`);
    if (wanted === 'acked') await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - startedMs;
}

/** Fills the disk so many times while events are sent and predictions asked for; the longest way back to an ack, ms. */
async function fillUp(full: SmallDisk, senders: Senders, times: number): Promise<number> {
  const random = openRandom(`disk full ${times}`);
  let isOver = false;
  let slowestMs = 0;
  const asking = (async () => {
    while (!isOver) {
      await senders.askPrediction();
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  })();
  for (let n = 0; n < times; n++) {
    for (let left = Math.floor(random.uniform() * 12); left > 0; left--) await senders.sendBatch(20);
    full.fill(Math.floor(random.uniform() ** 2 * 400_000));
    await sendUntil(senders, 'refused', random);
    for (let more = 0; more < 3; more++) await senders.sendBatch(40);
    full.empty();
    slowestMs = Math.max(slowestMs, await sendUntil(senders, 'acked', random));
  }
  isOver = true;
  await asking;
  return slowestMs;
}

/** How many of the acked events are not in the file, and whether it is whole. */
function audit(folder: string, acked: readonly string[]): { lost: number; integrity: unknown } {
  const database = openDatabase(join(folder, 'tillcast.db'), eventMigrations);
  const stored = new Set(database.prepare('select event_id from event').pluck().all());
  const integrity = database.pragma('integrity_check', { simple: true });
  database.close();
  return { lost: acked.filter((id) => !stored.has(id)).length, integrity };
}

async function start(script: string, args: readonly string[]): Promise<{ server: ServeChild; senders: Senders }> {
  const server = await startChild(script, args);
  servers.push(server);
  return { server, senders: openSenders(server.port) };
}

describe.skipIf(disk === undefined)('disk full', () => {
  it(`${fillings} times: no false ack, every refusal says when to come again, predictions go on, events are taken again without a restart`, {
    timeout: 1_800_000,
  }, async () => {
    const data = join(disk!.path, 'data');
    const { server, senders } = await start(command, ['serve', '--open', '--data', data, '--port', '0', '--json']);
    const slowestMs = await fillUp(disk!, senders, fillings);
    const { acked, refused, slowestRefusalMs, predictions, wrong } = senders.seen;
    console.log(
      `disk full × ${fillings}: ${acked.length} events acked, ${refused} requests refused within ${Math.round(slowestRefusalMs)} ms, ${predictions} predictions, taken again after ${Math.round(slowestMs)} ms at most`,
    );
    expect(wrong).toEqual([]);
    expect(await senders.isLive()).toBe(true);
    senders.close();
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(audit(data, acked)).toEqual({ lost: 0, integrity: 'ok' });
    expect(refused).toBeGreaterThanOrEqual(3 * fillings);
    expect(predictions).toBeGreaterThan(fillings);
    expect(slowestRefusalMs).toBeLessThan(1_000);
    expect(slowestMs).toBeLessThan(5_000);
    expect(existsSync(join(data, 'predictions.db'))).toBe(true);
  });

  it('catches a server that acks whatever the disk says', { timeout: 60_000 }, async () => {
    const full = mount('careless')!;
    const data = join(full.path, 'data');
    mkdirSync(data);
    const { server, senders } = await start(careless, [data]);
    full.fill();
    for (let n = 0; n < 400; n++) await senders.sendBatch(40);
    full.empty();
    senders.close();
    server.child.kill('SIGTERM');
    await server.ended;
    expect(audit(data, senders.seen.acked).lost).toBeGreaterThan(0);
  });
});
