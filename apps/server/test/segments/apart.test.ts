import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ShopEvent } from '@tillcast/core/events/event';
import { noSettings } from '@tillcast/core/shop/settings';
import { Registry } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import { type DataDir, openDataDir } from '../../src/cli/data-dir.ts';
import { openEventLog } from '../../src/compose.ts';
import { openSnapshotStore } from '../../src/segments/folder.ts';
import { openSegmentService } from '../../src/segments/service.ts';
import { showStocks } from '../../src/segments/stock-metrics.ts';
import { takeApart } from '../../src/segments/take-apart.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-apart-'));
afterAll(() => rmSync(root, { recursive: true }));
const nowMs = Date.parse('2026-11-20T03:00:00Z');

/** One event each of many shoppers, every seventh of them an order. */
const eventsOf = (count: number, from = 0): ShopEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const at = nowMs - 86_400_000 + (from + index) * 10;
    return {
      ...{ tenant: 'default', eventId: `e${from + index}`, userId: `u${from + index}`, eventTimeMs: at, receivedAtMs: at },
      event: index % 7 === 0 ? 'purchase' : 'view_item',
      items: [{ itemId: `i${index % 50}`, category: 'c', price: 10, quantity: 1 }],
    };
  });

async function add(dir: DataDir, events: readonly ShopEvent[]): Promise<void> {
  const log = openEventLog(dir, {});
  for (let from = 0; from < events.length; from += 5_000) await log.append(events.slice(from, from + 5_000));
  await log.close();
}

/** Segments of a data directory whose stock is taken apart, with what they say. */
function open(dir: DataDir, memoryMb = 512) {
  const told: string[] = [];
  const hooks: { onProgress: (text: string, child: ChildProcess) => void } = { onProgress: () => {} };
  const registry = new Registry();
  const apart = {
    data: dir.root,
    memoryMb,
    env: {},
    onProgress: (text: string, child: ChildProcess) => hooks.onProgress(text, child),
  };
  const service = openSegmentService(
    {
      openTake:
        ({ file }) =>
        (folder, at, signal) => {
          const job = { folder, file, shop: noSettings, nowMs: at, timeZone: 'UTC', sessionGapMs: 1_800_000 };
          return takeApart(apart, { ...job, stateMemoryMb: 16, refitAfterMs: null }, signal);
        },
      onStock: showStocks(registry),
      ...{ language: undefined, now: () => nowMs, minutesOf: () => 0 },
      onTrouble: (error) => told.push((error as Error).message),
    },
    { folders: dir.segments, allowed: new Set<string>(), everyMs: 0 },
  );
  const outcomes = async (): Promise<string> => registry.getSingleMetricAsString('tillcast_segment_stocks_total');
  return { service, told, hooks, outcomes };
}

const leftovers = (dir: DataDir): string[] => readdirSync(dir.segments.people).filter((name) => name.startsWith('stock-'));
/** What stands: the members and the list, to the byte. */
const standing = ({ segments: { people, history } }: DataDir): string =>
  readFileSync(join(people, 'members.jsonl'), 'utf8') + readFileSync(join(history, 'snapshots.jsonl'), 'utf8');

describe('stock taken in a process of its own', () => {
  const dir = openDataDir(join(root, 'shop'));

  it('is the same as any, and a process that is killed mid-way leaves the one before as it was', async () => {
    await add(dir, eventsOf(1_000));
    const { service, told, hooks, outcomes } = open(dir);
    await service.run();
    expect(told).toEqual([]);
    expect(openSnapshotStore(dir.segments).list().at(-1)).toMatchObject({ shoppers: 1_000, takenAtMs: nowMs });
    const before = standing(dir);

    await add(dir, eventsOf(1_000, 1_000));
    hooks.onProgress = (text, child) => {
      if (text.endsWith('events read')) child.kill('SIGKILL');
    };
    await service.run();
    expect(standing(dir)).toBe(before);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/stock of segments was not taken: it was ended by SIGKILL.*the one before stands/);
    expect(leftovers(dir)).toEqual([]);
    expect(await outcomes()).toMatch(/outcome="taken"\} 1\n.*outcome="failed"\} 1/);

    // The control: left alone, the same run does change what stands.
    hooks.onProgress = () => {};
    await service.run();
    expect(standing(dir)).not.toBe(before);
    expect(openSnapshotStore(dir.segments).list().at(-1)!.shoppers).toBe(2_000);
    await service.close();
  });

  it('a heap that does not suffice ends the process, and the remedy is told', async () => {
    const before = standing(dir);
    const { service, told } = open(dir, 8);
    await service.run();
    expect(told[0]).toContain('segments_memory_mb');
    expect(standing(dir)).toBe(before);
    await service.close();
  });

  it('a server that closes does not wait for it, and is not in trouble', async () => {
    const { service, told, hooks } = open(dir);
    let closing: Promise<void> | undefined;
    hooks.onProgress = () => {
      closing ??= service.close();
    };
    await service.run();
    await closing;
    expect(told).toEqual([]);
    expect(leftovers(dir)).toEqual([]);
  });

  it('whoever is erased while it is taken is in none of its files', async () => {
    const { service, hooks } = open(dir);
    let erasing: Promise<void> | undefined;
    hooks.onProgress = () => {
      erasing ??= service.forget('u:u77');
    };
    await service.run();
    await erasing;
    const members = readFileSync(join(dir.segments.people, 'members.jsonl'), 'utf8');
    expect(members).not.toContain('"u:u77"');
    expect(members).toContain('"u:u78"');
    await service.close();
  });

  it('what a process left behind that is no more is removed, and what one at work writes is not', () => {
    const [dead, alive] = [join(dir.segments.people, 'stock-999999999-a'), join(dir.segments.people, `stock-${process.ppid}-b`)];
    for (const folder of [dead, alive]) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'members.jsonl'), '{}\n');
    }
    const store = openSnapshotStore(dir.segments);
    store.discard(store.workplace());
    expect([existsSync(dead), existsSync(alive)]).toEqual([false, true]);
    rmSync(alive, { recursive: true });
  });
});

describe('the server’s memory while stock is taken', () => {
  const shoppers = 8_000;
  const measure = async (data: string, manner: string) => {
    const args = ['--expose-gc', join(import.meta.dirname, 'stock-server.ts'), data, manner];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH } });
    return JSON.parse(stdout) as { readonly shoppers: number; readonly grewBytes: number };
  };

  it('does not grow with shoppers; taken in the server itself (planted) it does', async () => {
    const grew: Record<string, number> = {};
    for (const manner of ['apart', 'here']) {
      const dir = openDataDir(join(root, manner));
      await add(dir, eventsOf(shoppers));
      const { shoppers: counted, grewBytes } = await measure(dir.root, manner);
      expect(counted).toBe(shoppers);
      grew[manner] = grewBytes / shoppers;
    }
    console.log(JSON.stringify(grew));
    expect(grew.here).toBeGreaterThan(150);
    expect(grew.apart).toBeLessThan(grew.here! / 4);
  }, 300_000);
});
