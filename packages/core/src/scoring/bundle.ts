import type { Backgrounds } from './background.ts';
import type { Blend, Ensemble, MemberName } from './ensemble.ts';

export type Target = 'item' | 'session';

/** What a bundle says of itself; contracts/bundle-manifest.schema.json. */
export interface BundleManifest {
  readonly schema: 1;
  /** Model name = target. */
  readonly model: Target;
  readonly version: string;
  readonly target: Target;
  readonly horizonMs: number;
  readonly label: 'label' | 'label_net';
  readonly timeZone: string;
  readonly sessionGapMs: number;
  readonly features: readonly string[];
  readonly catalogueHash: string;
  readonly members: readonly {
    readonly name: MemberName;
    readonly file: string;
    readonly rounds: number;
    readonly baseMargin?: number;
    readonly params: Readonly<Record<string, unknown>>;
  }[];
  /** Hash of normalised members, features, encoders and blend: same data, spec and seed give the same one. */
  readonly contentHash: string;
  readonly createdAt: string;
  readonly seed: number;
  readonly data: {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly events: number;
    readonly rows: number;
    readonly positives: number;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** The evaluated twin's figures on the test window; see model-card.md. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** What the champion's scores looked like when it was made: percentiles, bands and observed rates, by target and rung. */
export interface ReferenceProfile {
  readonly madeAt: string;
  readonly baseRate: number;
  /** Ascending reference log-odds of served scores, at most 1,001 quantiles, a list a rung, and `all`. */
  readonly quantiles: Readonly<Record<string, readonly number[]>>;
  /** From the highest: share of shoppers at or above, smallest log-odds in it, and what share of them bought in the test window (with its interval). */
  readonly bands: readonly {
    readonly name: string;
    readonly topShare: number;
    readonly minLogOdds: number;
    readonly rate: readonly [value: number, low: number, high: number];
    readonly rows: number;
  }[];
  /** Per feature: quantiles 0, 1, 5, 25, 50, 75, 95, 99, 100 % and the share missing. */
  readonly features: Readonly<Record<string, { readonly quantiles: readonly number[]; readonly missing: number }>>;
  /** Purchase rate by top category (and `''` for all), what the prior rung answers. */
  readonly categoryRates: Readonly<Record<string, { readonly rows: number; readonly positives: number }>>;
}

/** A loaded, verified bundle. */
export interface Bundle {
  readonly manifest: BundleManifest;
  readonly ensemble: Ensemble;
  readonly blend: Blend;
  readonly reference: ReferenceProfile;
  /** Rows to compare with; undefined in bundles made before there were any. */
  readonly backgrounds?: Backgrounds;
}
