import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PredictionLabel, PredictionLog } from '@tillcast/core/ports/prediction-log';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { afterAll, describe, expect, it } from 'vitest';
import { labelByDefinition } from '../../../../packages/core/test/outcomes/label-definition.ts';
import { type LabelShop, labelShop, live, outcomesOf, refundWindowMs } from './label-shop.ts';

// In memory where there is such a place: a death of the process loses nothing that the kernel holds, so the disk has no part in this.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tillcast-labels-'));
afterAll(() => rmSync(folder, { recursive: true }));
const patienceMs = process.env.TILLCAST_LONG ? 1_800_000 : 60_000;
const points = process.env.TILLCAST_LONG ? 2_000 : 200;
let folders = 0;
const freshFile = (): string => {
  const fresh = join(folder, String(folders++));
  mkdirSync(fresh);
  return join(fresh, 'predictions.db');
};

const child = fileURLToPath(new URL('label-kill-child.ts', import.meta.url));
const [shops, kills] = process.env.TILLCAST_LONG ? [10, 20] : [1, 3];

/** Lets a process of its own decide labels, and kills it some milliseconds after it began; undefined = lets it come to its end. */
function killedAfter(file: string, seed: number, delayMs: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, file, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.stdout.once('data', () => delayMs !== undefined && setTimeout(() => running.kill('SIGKILL'), delayMs));
    running.on('error', reject);
    running.on('close', (code) => (code === 0 || delayMs !== undefined ? resolve() : reject(new Error(`ended with ${code}`))));
  });
}

class Killed extends Error {}

/** A log that dies at its `nth` durable step: half the times before the store did it, half the times after. */
function dyingLog(log: PredictionLog, nth: number): PredictionLog {
  let steps = 0;
  const step = async <T>(call: () => Promise<T>): Promise<T> => {
    const mine = steps;
    steps += 2;
    if (mine === nth) throw new Killed();
    const answer = await call();
    if (mine + 1 === nth) throw new Killed();
    return answer;
  };
  return {
    ...log,
    append: (records) => step(() => log.append(records)),
    addOutcomes: (outcomes, windowMs) => step(() => log.addOutcomes(outcomes, windowMs)),
    decide: (decisions) => step(() => log.decide(decisions)),
  };
}

async function labelsIn(log: PredictionLog, shop: LabelShop): Promise<Record<string, readonly PredictionLabel[]>> {
  const entries = shop.predictions.map(
    async ({ predictionId }) => [predictionId, await log.labels('default', predictionId)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** What the files hold while the process lives: what they hold when it is killed. */
function crashImage(file: string): string {
  const image = freshFile();
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) cpSync(file + suffix, image + suffix);
  return image;
}

/** Lives, dies at a step, lives again. Undefined: there is no such step. */
async function killedAt(shop: LabelShop, nth: number, forgetful = false) {
  const file = freshFile();
  const first = sqlitePredictionLog(file);
  let reached = 0;
  try {
    await live(dyingLog(first, nth), shop, 0, 0, (run) => (reached = run));
    return undefined;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  const image = crashImage(file);
  await first.close();
  const second = sqlitePredictionLog(image);
  try {
    // The planted fault: what was heard of before the death is taken for known.
    await live(second, shop, reached, forgetful ? shop.runsAtMs[reached]! + 1 : 0);
    return await labelsIn(second, shop);
  } finally {
    await second.close();
  }
}

async function undisturbed(shop: LabelShop) {
  const log = sqlitePredictionLog(freshFile());
  await live(log, shop);
  const labels = await labelsIn(log, shop);
  await log.close();
  return labels;
}

describe('labels', () => {
  it('are those of the definition, each first version once, whatever became known late', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const shop = labelShop(seed);
      const labels = await undisturbed(shop);
      const outcomes = outcomesOf(shop.events);
      for (const prediction of shop.predictions) {
        const versions = labels[prediction.predictionId]!;
        expect(versions.map(({ version }) => version)).toEqual(versions.map((_, n) => n + 1));
        expect(versions.map(({ because }) => because === 'closed')).toEqual(versions.map((_, n) => n === 0));
        const { label, labelNet, netFinal } = versions.at(-1)!;
        expect({ label, labelNet }).toEqual(labelByDefinition(prediction, outcomes, refundWindowMs));
        expect(netFinal).toBe(true);
      }
    }
  });

  it(
    `are the same after a death at each durable step, ${points} of them`,
    async () => {
      let died = 0;
      for (let seed = 1; died < points; seed++) {
        const shop = labelShop(seed);
        const expected = await undisturbed(shop);
        for (let nth = 0; died < points; nth++) {
          const labels = await killedAt(shop, nth);
          if (labels === undefined) break;
          died++;
          expect(labels, `shop ${seed}, step ${nth}`).toEqual(expected);
        }
      }
      expect(died).toBe(points);
    },
    patienceMs,
  );

  it('would differ if outcomes were not carried over again after a death', async () => {
    const shop = labelShop(3);
    const expected = await undisturbed(shop);
    let differed = 0;
    for (let nth = 0; ; nth++) {
      const labels = await killedAt(shop, nth, true);
      if (labels === undefined) break;
      if (JSON.stringify(labels) !== JSON.stringify(expected)) differed++;
    }
    expect(differed).toBeGreaterThan(0);
  });

  it(
    `are the same after kill -9, ${kills} times on one file each`,
    async () => {
      for (let seed = 21; seed < 21 + shops; seed++) {
        const shop = labelShop(seed);
        const file = freshFile();
        for (let n = 0; n < kills; n++) await killedAfter(file, seed, (n * 7) % 40);
        await killedAfter(file, seed, undefined);
        const log = sqlitePredictionLog(file);
        expect(await labelsIn(log, shop)).toEqual(await undisturbed(shop));
        await log.close();
      }
    },
    patienceMs,
  );
});
