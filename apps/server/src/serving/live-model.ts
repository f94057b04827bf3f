import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Feature } from '@tillcast/core/features/feature';
import type { Alias } from '@tillcast/core/ports/model-registry';
import type { Bundle, Target } from '@tillcast/core/scoring/bundle';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { type ExplainPool, type ExplainPoolSettings, openExplainPool } from './explain-pool.ts';

/** A bundle that answers: with its way from the catalogue's row to its own columns, and threads that explain. */
export interface LiveModel {
  readonly target: Target;
  readonly bundle: Bundle;
  /** For each of the model's columns, where the catalogue's row holds it. */
  readonly columns: Int32Array;
  readonly explainer: ExplainPool;
  /** The alias it was found by; absent: champion. */
  readonly alias?: Alias | null;
  /** The one member that it was reduced to, for a variant of an experiment. */
  readonly member?: MemberName;
}

/** What a bundle must agree with to be served by this process. */
export interface ServingSettings {
  readonly features: readonly Feature[];
  readonly timeZone: string;
  readonly sessionGapMs: number;
}

/** Refuses a bundle whose features this process would compute otherwise than its training did. */
export function checkServable({ manifest }: Bundle, { timeZone, sessionGapMs }: ServingSettings): void {
  if (manifest.timeZone !== timeZone) {
    throw new TillcastError(
      'BUNDLE_REFUSED',
      `it was trained in the time zone ${manifest.timeZone}, this server runs in ${timeZone}: start it with --time-zone ${manifest.timeZone}`,
    );
  }
  if (manifest.sessionGapMs !== sessionGapMs) {
    throw new TillcastError(
      'BUNDLE_REFUSED',
      `its sessions end after ${manifest.sessionGapMs} ms of silence, this server's after ${sessionGapMs} ms: start it with --session-gap ${manifest.sessionGapMs}`,
    );
  }
}

function columnsOf(bundle: Bundle, features: readonly Feature[]): Int32Array {
  const positions = new Map(features.map(({ name }, index) => [name, index]));
  return Int32Array.from(bundle.ensemble.featureNames, (name) => {
    const position = positions.get(name);
    if (position === undefined)
      throw new TillcastError('BUNDLE_REFUSED', `it needs the feature "${name}", which this build does not compute`);
    return position;
  });
}

/** Makes a verified bundle ready to answer. */
export function openLiveModel(
  target: Target,
  bundle: Bundle,
  settings: ServingSettings,
  explaining: ExplainPoolSettings,
): LiveModel {
  checkServable(bundle, settings);
  return {
    target,
    bundle,
    columns: columnsOf(bundle, settings.features),
    explainer: openExplainPool(bundle.ensemble, explaining),
  };
}

/** The model's own columns of a catalogue row. */
export function projectRow(
  columns: Int32Array,
  row: Float32Array,
  out = new Float32Array(columns.length),
  offset = 0,
): Float32Array {
  for (let column = 0; column < columns.length; column++) out[offset + column] = row[columns[column]!]!;
  return out;
}
