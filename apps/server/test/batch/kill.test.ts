import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { faultsOf, readOutput, writeToyCsv } from './batch-toys.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-batch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const child = join(import.meta.dirname, 'score-child.ts');
const rowCount = 20_000;
const input = join(folder, 'in.csv');
writeToyCsv(input, rowCount);

/** Runs the child; killed at a number of checkpoints, a little later. Answers what it said, and whether it came to its end. */
async function run(out: string, killAt?: { readonly checkpoints: number; readonly afterMs: number }) {
  const worker = spawn(process.execPath, [child, input, out], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let checkpoints = 0;
  worker.stdout.on('data', (chunk: Buffer) => {
    said += String(chunk);
    checkpoints = said.split('\n').length - 1;
    if (killAt !== undefined && checkpoints >= killAt.checkpoints) void delay(killAt.afterMs).then(() => worker.kill('SIGKILL'));
  });
  const code = await new Promise<number | null>((resolve) => worker.once('exit', resolve));
  return { said, ended: code === 0 };
}

/** Kills until `kills` are used up or the output stands; answers how many hit. `tamper` plants a fault after each. */
async function killUntilDone(out: string, kills: number, seed: number, tamper?: () => void): Promise<number> {
  let hit = 0;
  let state = seed;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  while (hit < kills) {
    const { ended } = await run(out, { checkpoints: 1 + random(8), afterMs: random(4) });
    if (ended) return hit;
    hit++;
    expect(existsSync(out), 'a killed run leaves no output').toBe(false);
    tamper?.();
  }
  const last = await run(out);
  expect(last.ended).toBe(true);
  expect(last.said).toMatch(/resumed at [1-9]/);
  return hit;
}

const spoolOf = (out: string): string =>
  join(folder, readdirSync(folder).find((name) => name.startsWith(`${out}.spool-`) && !name.endsWith('.checkpoint'))!);

describe('a batch that is killed', () => {
  const rounds = process.env.TILLCAST_LONG === '1' ? 25 : 1;

  it.each(Array.from({ length: rounds }, (_, round) => [round, ['parquet', 'jsonl', 'csv'][round % 3]!] as const))(
    'round %i ends with exact rows in .%s, and nothing else is left',
    async (round, ending) => {
      const out = join(folder, `out-${round}.${ending}`);
      expect(await killUntilDone(out, 4, 7 + round)).toBe(4);
      expect(faultsOf(await readOutput(out), rowCount)).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.startsWith(`out-${round}`))).toEqual([`out-${round}.${ending}`]);
    },
  );

  it('the check notices rows that are kept beyond the checkpoint', async () => {
    const out = join(folder, 'fault.jsonl');
    // As if what was written after the checkpoint were not cut off: some rows are there twice, or half.
    await killUntilDone(out, 1, 3, () => {
      const spool = spoolOf('fault.jsonl');
      writeFileSync(spool, `${readFileSync(spool, 'utf8').slice(0, 2_000)}`.repeat(2), { flag: 'a' });
      const checkpoint = JSON.parse(readFileSync(`${spool}.checkpoint`, 'utf8')) as Record<string, unknown>;
      writeFileSync(`${spool}.checkpoint`, JSON.stringify({ ...checkpoint, bytes: statSync(spool).size }));
    });
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    expect(lines.length).not.toBe(rowCount);
  });
});
