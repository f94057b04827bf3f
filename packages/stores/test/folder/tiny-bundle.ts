import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleManifest, Target } from '@tillcast/core/scoring/bundle';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import { afterAll } from 'vitest';
import { sealed, writeBundleFolder } from '../../src/folder/seal-bundle.ts';
import { openSigningKeys, type SigningKeys } from '../../src/folder/signing-keys.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-bundles-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let made = 0;

/** A new path in this file's scratch folder. */
export const scratchPath = (name = 'place'): string => join(scratch, `${name}-${++made}`);

/** Keys of a new data directory. */
export const newKeys = (): SigningKeys => openSigningKeys(scratchPath('keys'));

const features = ['events', 'price'];

/** A forest of one tree, so small that its Shapley values are known by hand: 0.2 below 3 events, `high` above; covers 6 and 4. */
export const tinyForest = (high = 0.8): string =>
  JSON.stringify({
    format: 'tillcast-sklearn-forest',
    version: 1,
    library: 'scikit-learn 1.9.1',
    estimator: 'RandomForestClassifier',
    feature_names: features,
    trees: [
      {
        left: [1, -1, -1],
        right: [2, -1, -1],
        feature: [0, -2, -2],
        threshold: [3, -2, -2],
        missing_left: [1, 0, 0],
        cover: [10, 6, 4],
        value: [0.12 + 0.4 * high, 0.2, high],
      },
    ],
  });

const golden = (): string => {
  const base = 0.6 * 0.2 + 0.4 * 0.8;
  const line = (row: (number | null)[], raw: number) =>
    JSON.stringify({ row, members: { random_forest: { raw, contributions: [raw - base, 0], base } } });
  return `${line([1, 10], 0.2)}\n${line([3, null], 0.2)}\n${line([4, 10], 0.8)}\n${line([null, 1], 0.2)}\n`;
};

const manifest = (version: string, model: Target): BundleManifest => ({
  schema: 1,
  model,
  version,
  target: model,
  horizonMs: 300_000,
  label: 'label',
  timeZone: 'UTC',
  sessionGapMs: 1_800_000,
  features,
  catalogueHash: 'c0ffee00',
  members: [{ name: 'random_forest', file: 'members/random_forest.json', rounds: 1, params: { min_samples_leaf: 5 } }],
  contentHash: createHash('sha256').update(version).digest('hex'),
  createdAt: '2026-01-01T00:00:00.000Z',
  seed: 1,
  data: { fromMs: 0, untilMs: 1, events: 10, rows: 10, positives: 4 },
  versions: { 'scikit-learn': '1.9.1' },
  metrics: {},
});

/** A version name, the `n`th in time. */
export const versionOf = (n: number): string => `v2026010100000${String(n).padStart(4, '0')}-0000000a`;

/** The files of a sound bundle, unsealed; `change` replaces or adds files. */
export function tinyFiles(
  version = versionOf(1),
  model: Target = 'session',
  change: Readonly<Record<string, string>> = {},
): Map<string, Uint8Array> {
  const texts: Record<string, string> = {
    'manifest.json': JSON.stringify(manifest(version, model)),
    'features.json': JSON.stringify({
      features: features.map((name) => ({ name, description: name, family: 'session', unit: 'count' })),
    }),
    'encoders.json': JSON.stringify({ encoders: [] }),
    'blend.json': JSON.stringify({
      kind: 'log_odds',
      weights: { random_forest: 1 },
      platt: { slope: 1, intercept: 0 },
      forestShrinkage: { lambda: 0.01, pi: 0.1 },
    }),
    'golden.jsonl': golden(),
    'reference-profile.json': JSON.stringify({
      madeAt: '2026-01-01T00:00:00.000Z',
      baseRate: 0.1,
      quantiles: { all: [-3, -2, -1] },
      bands: [{ name: 'top 5 %', topShare: 0.05, minLogOdds: -1, rate: [0.2, 0.1, 0.3], rows: 5 }],
      features: { events: { quantiles: [0, 0, 0, 1, 2, 3, 4, 5, 6], missing: 0 } },
      categoryRates: { '': { rows: 10, positives: 4 } },
    }),
    'model-card.md': '# A tiny model\n',
    'members/random_forest.json': tinyForest(),
    ...change,
  };
  return new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
}

/** A sealed bundle folder. */
export function tinyBundle(keys: SigningKeys, files: BundleFiles = tinyFiles()): string {
  const folder = scratchPath('bundle');
  writeBundleFolder(folder, sealed(files, keys));
  return folder;
}
