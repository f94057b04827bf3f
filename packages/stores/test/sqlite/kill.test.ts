import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { afterAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../core/test/contract/event-log.ts';

const child = fileURLToPath(new URL('kill-child.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tillcast-kill-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lets a child append, kills it with SIGKILL some milliseconds after its first ack, and gives the ids it acked. */
function killedAfter(file: string, manner: 'honest' | 'acks-early', delayMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, file, manner], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acked = '';
    running.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (acked === '') setTimeout(() => running.kill('SIGKILL'), delayMs);
      acked += text;
    });
    running.on('error', reject);
    // A line the kill cut short was not acked.
    running.on('close', () => resolve(acked.split('\n').slice(0, -1)));
  });
}

async function idsIn(file: string): Promise<string[]> {
  const log = sqliteEventLog(file);
  try {
    return (await readAll(log)).map(({ eventId }) => eventId);
  } finally {
    await log.close();
  }
}

const rounds = process.env.TILLCAST_LONG ? 100 : 10;

describe('kill -9 during ingest', () => {
  it(`loses no acked event and keeps each once, in ${rounds} rounds on one file`, async () => {
    const file = join(folder, 'honest.db');
    const acked: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const ids = await killedAfter(file, 'honest', 3 + ((round * 37) % 90));
      expect(ids.length).toBeGreaterThan(0);
      acked.push(...ids);
      const stored = await idsIn(file);
      const distinct = new Set(stored);
      expect(distinct.size).toBe(stored.length);
      expect(acked.filter((id) => !distinct.has(id))).toEqual([]);
    }
  });

  it('would notice a store that acks before the commit', async () => {
    const file = join(folder, 'early.db');
    const acked = await killedAfter(file, 'acks-early', 25);
    const stored = new Set(await idsIn(file));
    expect(acked.filter((id) => !stored.has(id)).length).toBeGreaterThan(0);
  });
});
