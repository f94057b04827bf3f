import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BgNbd, GammaGamma } from '@tillcast/core/decisions/segments/lifetime-value';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { writeJson } from './write-json.ts';

/** What was learnt of lifetime value, by `tillcast segments train` or with a nightly stock. */
export interface LifetimeFile {
  readonly schema: 1;
  readonly fitted_at: string;
  readonly buyers: number;
  readonly repeaters: number;
  readonly bg_nbd: BgNbd;
  readonly gamma_gamma: GammaGamma | null;
  /** Of number and value of orders; gamma-gamma takes it to be 0. */
  readonly correlation: number | null;
  /** A fit on all but the last days, and what those held; null: too little history for it. */
  readonly holdout: { readonly days: number; readonly expected: number; readonly happened: number } | null;
}

/** Where it lies in the folder of segments. */
export const lifetimePath = (history: string): string => join(history, 'lifetime.json');

const areFinite = (values: Readonly<Record<string, unknown>>, names: readonly string[]): boolean =>
  names.every((name) => typeof values[name] === 'number' && Number.isFinite(values[name]) && (values[name] as number) > 0);

/** Whether parameters are those of the models: all there, finite and above 0. */
export function areParameters(value: unknown): value is Pick<LifetimeFile, 'bg_nbd' | 'gamma_gamma'> {
  const { bg_nbd, gamma_gamma } = value as Readonly<Record<string, unknown>>;
  const isRecord = (one: unknown): one is Readonly<Record<string, unknown>> => typeof one === 'object' && one !== null;
  if (!isRecord(bg_nbd) || !areFinite(bg_nbd, ['r', 'alpha', 'a', 'b'])) return false;
  return gamma_gamma === null || (isRecord(gamma_gamma) && areFinite(gamma_gamma, ['p', 'q', 'v']));
}

/** The parameters of a folder; undefined = nobody fitted any. STORE_UNAVAILABLE where the file is damaged. */
export function readLifetime(history: string): LifetimeFile | undefined {
  const file = lifetimePath(history);
  if (!existsSync(file)) return undefined;
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as LifetimeFile;
    if (value.schema === 1 && areParameters(value)) return value;
  } catch {
    // Told below.
  }
  throw new TillcastError('STORE_UNAVAILABLE', `${file} is damaged; run tillcast segments train again`);
}

/** Puts parameters in the place of those before, whole. */
export function keepLifetime(history: string, fitted: LifetimeFile): void {
  mkdirSync(history, { recursive: true, mode: 0o700 });
  writeJson(lifetimePath(history), fitted);
}
