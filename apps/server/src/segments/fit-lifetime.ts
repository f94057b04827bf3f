import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { runTrainerModule } from '../jobs/run-trainer.ts';
import { areParameters, type LifetimeFile } from './lifetime-file.ts';
import { compareHoldout, writeBuyers } from './lifetime-table.ts';

const dayMs = 86_400_000;
/** The share of the history that is held out to see whether the models hold, and the days it takes at least. */
const heldOut = 0.25;
const fewestDays = 14;

type Ledgers = ReadonlyMap<string, ShopperLedger>;
type Fitted = Pick<LifetimeFile, 'buyers' | 'repeaters' | 'bg_nbd' | 'gamma_gamma' | 'correlation'>;

/** Fits both models to the buyers as of a moment. */
async function fit(folder: string, ledgers: Ledgers, asOfMs: number): Promise<Fitted> {
  const at = mkdtempSync(join(folder, 'fit-'));
  const table = join(at, 'buyers.parquet');
  await writeBuyers(table, ledgers, asOfMs);
  const spec = { schema: 1, table, out: at, threads: 1 };
  const path = await runTrainerModule({ module: 'tillcast_trainer.clv', spec, specPath: join(at, 'spec.json') });
  const result = JSON.parse(readFileSync(path, 'utf8')) as Fitted;
  if (!areParameters(result)) throw new TillcastError('TRAINER_FAILED', `${path} holds no parameters of BG/NBD`);
  return result;
}

/** The first day with an order, of all buyers; Infinity where there are none. */
function firstOrderDay(ledgers: Ledgers): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { orderDays } of ledgers.values()) first = Math.min(first, orderDays[0] ?? first);
  return first;
}

/** The last quarter of the history, foretold by a fit on the rest; null where that is less than 14 days or has too few buyers. */
async function holdoutOf(folder: string, ledgers: Ledgers, nowMs: number): Promise<LifetimeFile['holdout']> {
  const days = Math.floor((nowMs / dayMs - firstOrderDay(ledgers)) * heldOut);
  if (!(days >= fewestDays)) return null;
  const fromMs = nowMs - days * dayMs;
  const fitted = await fit(folder, ledgers, fromMs).catch(() => undefined);
  return fitted === undefined ? null : { days, ...compareHoldout(ledgers, fitted.bg_nbd, { fromMs, days }) };
}

/** Fits lifetime value to the orders of some ledgers as of a moment, with the trainer, in a folder for what passes. Raises TOO_FEW_POSITIVES, TRAINER_FAILED. */
export async function fitLifetime(runs: string, ledgers: Ledgers, nowMs: number): Promise<LifetimeFile> {
  mkdirSync(runs, { recursive: true });
  const folder = mkdtempSync(join(runs, 'lifetime-'));
  try {
    const { buyers, repeaters, bg_nbd, gamma_gamma, correlation } = await fit(folder, ledgers, nowMs);
    return {
      ...{ schema: 1, fitted_at: new Date(nowMs).toISOString(), buyers, repeaters, bg_nbd, gamma_gamma, correlation },
      holdout: await holdoutOf(folder, ledgers, nowMs),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
