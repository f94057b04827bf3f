import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { type ScoreFileTask, scoreBatchFile } from '../../src/jobs/batch-file.ts';
import { takeLease } from '../../src/jobs/batch-lease.ts';
import { formatOf } from '../../src/jobs/batch-output.ts';
import { openBatchScorePool } from '../../src/jobs/batch-score-pool.ts';
import { ensemble, faultsOf, readOutput, servedLogOdds, toyRow, toyScorer, writeToyCsv } from './batch-toys.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-batch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const score = (input: string, out: string, over: Partial<ScoreFileTask> = {}) =>
  scoreBatchFile({ input, out, format: formatOf(out), target: 'item', scorer: toyScorer, idColumn: 'id', ...over });

describe('scoring a file', () => {
  it.each(['parquet', 'csv', 'jsonl'])('gives one row for each, in order, bit for bit as served, in .%s', async (ending) => {
    writeToyCsv(at('a.csv'), 5_000);
    const done = await score(at('a.csv'), at(`a.${ending}.out.${ending}`));
    const problems = Array.from({ length: 5_000 }, (_, index) => servedLogOdds(index)).filter(
      (value) => value === undefined,
    ).length;
    expect(done).toEqual({ rows: 5_000, scored: 5_000 - problems, share: 1, resumedAt: 0 });
    const rows = await readOutput(at(`a.${ending}.out.${ending}`));
    expect(faultsOf(rows, 5_000)).toEqual([]);
    expect(rows[5]!.problem).toBe('price: "cheap" is no number');
    const swapped = rows.with(7, { ...rows[7]!, log_odds: rows[7]!.log_odds! * (1 + Number.EPSILON) });
    expect(faultsOf(swapped, 5_000), 'the check sees one bit').not.toEqual([]);
  });

  it('reads gzip, JSON lines and Parquet alike', async () => {
    writeToyCsv(at('b.csv'), 300);
    writeFileSync(at('b.csv.gz'), gzipSync(readFileSync(at('b.csv'))));
    const line = (index: number) => {
      const { id, cart, price } = toyRow(index);
      return JSON.stringify({ id, session_cart_adds: cart, price });
    };
    writeFileSync(at('b.jsonl'), `${Array.from({ length: 300 }, (_, index) => line(index)).join('\n')}\n\n`);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `copy (select * from read_csv('${at('b.csv')}', all_varchar = true)) to '${at('b.parquet')}' (format parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    for (const name of ['b.csv.gz', 'b.jsonl', 'b.parquet']) {
      await score(at(name), at(`${name}.out.jsonl`));
      expect(faultsOf(await readOutput(at(`${name}.out.jsonl`)), 300), name).toEqual([]);
    }
  });

  it('gives the same bytes on threads', async () => {
    writeToyCsv(at('c.csv'), 20_000);
    const pool = openBatchScorePool(ensemble, 2);
    await score(at('c.csv'), at('c1.csv'));
    await score(at('c.csv'), at('c2.csv'), { scorer: { ...toyScorer, score: pool.score } as never, blocksUnderWay: 4 });
    await pool.close();
    expect(readFileSync(at('c2.csv')).equals(readFileSync(at('c1.csv')))).toBe(true);
  });

  it('a line of JSON that names no feature, is no object, or no JSON spoils only itself', async () => {
    writeFileSync(
      at('d.jsonl'),
      '{"price":1}\n[1]\n{"price":1,\n{"session_cart_adds":1,"price":1e99}\n{"session_cart_adds":1,"price":2,"id":7}\n',
    );
    await score(at('d.jsonl'), at('d.out.jsonl'));
    const rows = await readOutput(at('d.out.jsonl'));
    expect(rows.map(({ problem }) => problem)).toEqual([
      'lacks the features session_cart_adds; write null where a value is not known',
      'the line must hold one JSON object',
      expect.stringContaining('not JSON'),
      'price: 1e+99 is not finite as a float32',
      null,
    ]);
    expect(rows[4]).toMatchObject({ row: 4, id: '7' });
  });

  it('a table that lacks a feature is refused whole, and leaves nothing', async () => {
    writeFileSync(at('e.csv'), 'price\n1\n');
    await expect(score(at('e.csv'), at('e.out.csv'))).rejects.toThrow('missing column session_cart_adds');
    expect(readdirSync(folder).filter((name) => name.startsWith('e.out'))).toEqual([]);
  });

  it('a file without rows gives an output without rows', async () => {
    writeFileSync(at('f.csv'), 'price,session_cart_adds\n');
    for (const ending of ['parquet', 'csv', 'jsonl']) {
      expect(await score(at('f.csv'), at(`f.out.${ending}`))).toMatchObject({ rows: 0 });
      expect(existsSync(at(`f.out.${ending}`))).toBe(true);
    }
    expect(await readOutput(at('f.out.parquet'))).toEqual([]);
  });

  it('text that a spreadsheet would run is disarmed in CSV, and left alone elsewhere', async () => {
    writeFileSync(at('g.jsonl'), '{"price":1,"session_cart_adds":0,"id":"=1+1"}\n');
    await score(at('g.jsonl'), at('g.csv'));
    await score(at('g.jsonl'), at('g.out.jsonl'));
    expect(readFileSync(at('g.csv'), 'utf8')).toContain("0,'=1+1,");
    expect((await readOutput(at('g.out.jsonl')))[0]!.id).toBe('=1+1');
  });

  it('an input that was changed since is scored anew', async () => {
    writeToyCsv(at('h.csv'), 2_000);
    let checkpoints = 0;
    const broken = {
      onProgress: () =>
        void (
          ++checkpoints === 2 &&
          (() => {
            throw new Error('cut off');
          })()
        ),
      rowsPerBlock: 32,
    };
    await expect(score(at('h.csv'), at('h.out.csv'), broken)).rejects.toThrow('cut off');
    writeToyCsv(at('h.csv'), 2_100);
    expect((await score(at('h.csv'), at('h.out.csv'))).resumedAt).toBe(0);
    expect(faultsOf(await readOutput(at('h.out.csv')), 2_100)).toEqual([]);
  });

  it('goes on from any point at which it is cut off', async () => {
    writeToyCsv(at('i.csv'), 3_000);
    await score(at('i.csv'), at('i.whole.csv'));
    const whole = readFileSync(at('i.whole.csv'));
    for (const cutAt of [1, 2, 5, 9, 11]) {
      let calls = 0;
      const scorer = {
        ...toyScorer,
        score: async (rows: Float32Array, rowCount: number) => {
          if (++calls === cutAt * 3) throw new Error('cut off');
          return (toyScorer as { score: (rows: Float32Array, count: number) => Promise<Float64Array> }).score(rows, rowCount);
        },
      } as typeof toyScorer;
      await expect(score(at('i.csv'), at(`i${cutAt}.csv`), { scorer, rowsPerBlock: 32 })).rejects.toThrow('cut off');
      await score(at('i.csv'), at(`i${cutAt}.csv`), { rowsPerBlock: 100 });
      expect(readFileSync(at(`i${cutAt}.csv`)).equals(whole), `cut at ${cutAt}`).toBe(true);
    }
  });
});

describe('the lease', () => {
  it('is held by one; the next has a higher number', () => {
    const first = takeLease(at('job'))!;
    expect(takeLease(at('job'))).toBeUndefined();
    expect(first.renew()).toBe(true);
    writeFileSync(at(`job.spool-${first.generation}`), '');
    first.release();
    const second = takeLease(at('job'))!;
    expect(second.generation).toBe(first.generation + 1);
    expect(first.renew()).toBe(false);
    first.release();
    expect(second.renew()).toBe(true);
    second.release();
  });

  it('of a process that fell silent is taken over, and it is told so', () => {
    const first = takeLease(at('silent'))!;
    const second = takeLease(at('silent'), Date.now() + 31_000)!;
    expect(second.generation).toBe(first.generation + 1);
    expect([first.renew(), second.renew()]).toEqual([false, true]);
    second.release();
  });

  it('of a process of this machine that is gone is free at once', () => {
    const lease = takeLease(at('gone'))!;
    const file = at(`gone.lease-${lease.generation}`);
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), pid: 2 ** 22 + 1 }));
    expect(takeLease(at('gone'))?.generation).toBe(lease.generation + 1);
  });

  it('keeps a second run off an output', async () => {
    writeToyCsv(at('j.csv'), 10);
    const lease = takeLease(at('j.out.csv'))!;
    await expect(score(at('j.csv'), at('j.out.csv'))).rejects.toThrow('another process is writing');
    lease.release();
    await score(at('j.csv'), at('j.out.csv'));
  });
});
