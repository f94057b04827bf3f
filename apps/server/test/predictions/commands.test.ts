import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PredictAnswer } from '@tillcast/api/predict';
import type { PredictionDetail, PredictionsAnswer } from '@tillcast/api/predictions';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { Command } from 'commander';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { registerDataset } from '../../src/cli/dataset.ts';
import { exitCodeOf } from '../../src/cli/exit.ts';
import { registerLabels } from '../../src/cli/labels.ts';
import { registerReplay } from '../../src/cli/replay.ts';
import { startServer } from '../../src/serving/start-server.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-predictions-'));
const data = join(root, 'data');
afterAll(() => rmSync(root, { recursive: true }));

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const clock = { ms: Date.now() - 60 * DAY_MS };

async function call<T>(url: string, body?: unknown): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(url, body === undefined ? {} : init);
  expect(answer.status, url).toBe(200);
  return (await answer.json()) as T;
}
const serve = () => startServer({ data, port: 0, open: true, env: {}, logLevel: 'silent', labelEveryMs: 0, now: () => clock.ms });

/** Runs a command as the command line would; gives what it printed as JSON. */
async function run(...words: string[]): Promise<Record<string, unknown>> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const register of [registerReplay, registerLabels, registerDataset]) register(program);
  let printed = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await program.parseAsync([...words, '--data', data, '--json'], { from: 'user' });
  } finally {
    out.mockRestore();
    if (printed !== '') lastPrinted = JSON.parse(printed.trim().split('\n').at(-1)!) as Record<string, unknown>;
  }
  return lastPrinted;
}
let lastPrinted: Record<string, unknown> = {};

/** A server that predicts 40 times and sells 10 times, then ends. */
async function useShop(): Promise<PredictAnswer[]> {
  const server = await serve();
  const answers: PredictAnswer[] = [];
  for (let n = 0; n < 40; n++) {
    const at = { hour: 12, day_of_week: 2, is_weekend: 0 };
    const item = { product_id: `p${n % 4}`, category_code: 'books', brand: '', price: 10 };
    answers.push(
      await call<PredictAnswer>(`${server.url}/v1/predict`, { user_id: `u${n}`, session_id: `s${n}`, ...item, ...at }),
    );
    clock.ms += 1_000;
    if (n % 4 !== 0) continue;
    const sale = { prediction_id: answers[n]!.prediction_id, outcome: 'purchase', transaction_id: `o${n}` };
    await call(`${server.url}/v1/outcomes`, { ...sale, outcome_time: new Date(clock.ms).toISOString() });
  }
  await server.close();
  return answers;
}

describe('predictions of an embedded server', () => {
  it('outlive it, are replayed, labelled and made a table of, by commands', async () => {
    const answers = await useShop();
    const replayed = await run('replay', '--prediction', answers[7]!.prediction_id);
    expect(replayed).toMatchObject({ agrees: true, contributions: 'bits', differences: [], log_odds: answers[7]!.log_odds });
    expect(await run('labels', 'run')).toMatchObject({ predictions: 40, looked: 40, decided: 40 });
    expect(await run('labels', 'run')).toMatchObject({ looked: 0, decided: 0 });
    const table = await run('dataset', '--from', 'predictions', '--out', join(root, 'rows.parquet'));
    expect(table).toMatchObject({ rows: 40, positives: 10, censored: 0 });
    const server = await serve();
    const last = await call<PredictionsAnswer>(`${server.url}/v1/predictions?limit=3`);
    expect(last.predictions.map((one) => one.prediction_id)).toEqual(
      answers
        .slice(-3)
        .reverse()
        .map((one) => one.prediction_id),
    );
    const first = await call<PredictionDetail>(`${server.url}/v1/predictions/${answers[0]!.prediction_id}`);
    expect(first.label).toMatchObject({ version: 1, bought: true, kept: true, final: true, because: 'closed' });
    await server.close();
  });

  it('a line that was changed ends the replay with exit 3, having said what differs', async () => {
    const log = sqlitePredictionLog(join(data, 'predictions.db'));
    const [{ record }] = (await log.latest('default', 1)) as [{ record: Parameters<typeof log.append>[0][number] }];
    await log.append([{ ...record, predictionId: 'forged', probability: record.probability * 1.01 }]);
    await log.close();
    const refused = await run('replay', '--prediction', 'forged').catch((error: unknown) => error);
    expect([exitCodeOf(refused), (refused as { code: string }).code]).toEqual([3, 'REPLAY_DIFFERS']);
    expect(lastPrinted).toMatchObject({ agrees: false, differences: [{ what: 'purchase_probability' }] });
  });

  it('say what cannot be', async () => {
    await expect(run('replay')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(run('replay', '--prediction', 'nobody')).rejects.toMatchObject({ code: 'PREDICTION_NOT_FOUND' });
    await expect(run('dataset', '--from', 'dreams', '--out', join(root, 'x.parquet'))).rejects.toThrow('--from must be');
    await expect(run('labels', 'run', '--session-gap', '1')).rejects.toThrow('--session-gap');
  });
});
