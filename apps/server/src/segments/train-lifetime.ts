import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { defaultSessionGapMs } from '@tillcast/core/events/session';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { DataDir } from '../cli/data-dir.ts';
import { openSuppressions } from '../compose.ts';
import { openFilledLog } from '../jobs/open-filled-log.ts';
import { runTrainerModule } from '../jobs/run-trainer.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { writeJson } from './folder.ts';
import { areParameters, type LifetimeFile, lifetimePath } from './lifetime-file.ts';
import { compareHoldout, writeBuyers } from './lifetime-table.ts';
import { readLog } from './read-log.ts';

const dayMs = 86_400_000;
/** The share of the history that is held out to see whether the models hold, and the days it takes at least. */
const heldOut = 0.25;
const fewestDays = 14;

type Fitted = Pick<LifetimeFile, 'buyers' | 'repeaters' | 'bg_nbd' | 'gamma_gamma' | 'correlation'>;

/** Fits both models to the buyers as of a moment. */
async function fit(folder: string, ledgers: ReadonlyMap<string, ShopperLedger>, asOfMs: number): Promise<Fitted> {
  const at = mkdtempSync(join(folder, 'fit-'));
  const table = join(at, 'buyers.parquet');
  await writeBuyers(table, ledgers, asOfMs);
  const spec = { schema: 1, table, out: at, threads: 1 };
  const path = await runTrainerModule({ module: 'tillcast_trainer.clv', spec, specPath: join(at, 'spec.json') });
  const result = JSON.parse(readFileSync(path, 'utf8')) as Fitted;
  if (!areParameters(result)) throw new TillcastError('TRAINER_FAILED', `${path} holds no parameters of BG/NBD`);
  return result;
}

/** The last quarter of the history, foretold by a fit on the rest; null where that is less than 14 days or has too few buyers. */
async function holdoutOf(
  folder: string,
  ledgers: ReadonlyMap<string, ShopperLedger>,
  nowMs: number,
): Promise<LifetimeFile['holdout']> {
  const first = Math.min(...[...ledgers.values()].map(({ orderDays }) => orderDays[0] ?? Number.POSITIVE_INFINITY));
  const days = Math.floor((nowMs / dayMs - first) * heldOut);
  if (!(days >= fewestDays)) return null;
  const fromMs = nowMs - days * dayMs;
  const fitted = await fit(folder, ledgers, fromMs).catch(() => undefined);
  return fitted === undefined ? null : { days, ...compareHoldout(ledgers, fitted.bg_nbd, { fromMs, days }) };
}

/** Learns lifetime value from the orders of a data directory, and keeps it beside the segments. Raises TOO_FEW_POSITIVES. */
export async function trainLifetime(dir: DataDir, shop: ShopSettings): Promise<LifetimeFile> {
  const nowMs = Date.now();
  const suppressions = await openSuppressions(dir);
  const log = openFilledLog(dir, shop);
  mkdirSync(dir.runs, { recursive: true });
  const folder = mkdtempSync(join(dir.runs, 'lifetime-'));
  try {
    const { has: isErased } = await openErasedList(suppressions);
    const settings = { timeZone: shop.timeZone ?? 'UTC', sessionGapMs: defaultSessionGapMs };
    const { ledgers } = await readLog({ log, ...settings, asOfMs: nowMs, asked: [], isErased });
    const { buyers, repeaters, bg_nbd, gamma_gamma, correlation } = await fit(folder, ledgers, nowMs);
    const fitted: LifetimeFile = {
      ...{ schema: 1, fitted_at: new Date(nowMs).toISOString(), buyers, repeaters, bg_nbd, gamma_gamma, correlation },
      holdout: await holdoutOf(folder, ledgers, nowMs),
    };
    mkdirSync(dir.segments.history, { recursive: true, mode: 0o700 });
    writeJson(lifetimePath(dir.segments.history), fitted);
    return fitted;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await suppressions.close();
    await log.close();
  }
}
