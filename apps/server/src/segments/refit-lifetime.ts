import type { ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { fitLifetime } from './fit-lifetime.ts';
import { keepLifetime, type LifetimeFile, readLifetime } from './lifetime-file.ts';

/** What became of learning lifetime value anew. */
export interface LifetimeRefit {
  /** `too_few`: not enough buyers came back; like `failed` it leaves what was learnt before. */
  readonly outcome: 'fitted' | 'too_few' | 'failed';
  readonly problem?: string;
}

/** What is known of lifetime value as stock is taken. */
export interface KnownLifetime {
  readonly lifetime: LifetimeFile | undefined;
  /** Absent: nothing was due. */
  readonly refit?: LifetimeRefit;
}

/** When lifetime value is learnt anew, and how. */
export interface RefitSettings {
  readonly history: string;
  /** For what passes. */
  readonly runs: string;
  /** Age at which a fit is learnt anew, ms; null = by command alone. */
  readonly afterMs: number | null;
  readonly fit?: typeof fitLifetime;
}

/** What was learnt before; a damaged file is what a new fit replaces. */
function learntBefore(history: string): { readonly lifetime: LifetimeFile | undefined; readonly damage?: string } {
  try {
    return { lifetime: readLifetime(history) };
  } catch (error) {
    return { lifetime: undefined, damage: (error as Error).message };
  }
}

/**
 * Lifetime value as it is to be used as of a moment: what was learnt before, or, where that is older than it may be, what is learnt now. Fails softly:
 * where nothing can be learnt, what was known stays, and the reason is told.
 */
export async function currentLifetime(
  { history, runs, afterMs, fit = fitLifetime }: RefitSettings,
  ledgers: ReadonlyMap<string, ShopperLedger>,
  nowMs: number,
): Promise<KnownLifetime> {
  if (afterMs === null) return { lifetime: readLifetime(history) };
  const { lifetime, damage } = learntBefore(history);
  if (lifetime !== undefined && nowMs - Date.parse(lifetime.fitted_at) < afterMs) return { lifetime };
  try {
    const fitted = await fit(runs, ledgers, nowMs);
    keepLifetime(history, fitted);
    return { lifetime: fitted, refit: { outcome: 'fitted' } };
  } catch (error) {
    const outcome = error instanceof TillcastError && error.code === 'TOO_FEW_POSITIVES' ? 'too_few' : 'failed';
    const problem = [damage, (error as Error).message].filter((text) => text !== undefined).join('; ');
    return { lifetime, refit: { outcome, problem } };
  }
}
