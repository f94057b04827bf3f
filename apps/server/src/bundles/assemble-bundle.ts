import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { Backgrounds } from '@tillcast/core/scoring/background';
import type { BundleManifest, ReferenceProfile } from '@tillcast/core/scoring/bundle';
import { BACKGROUND_FILE, backgroundText } from '@tillcast/core/scoring/bundle/background-file';
import { contentText } from '@tillcast/core/scoring/bundle/content';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import type { FeatureNote } from '@tillcast/core/scoring/bundle/parse-features';
import type { Blend, MemberName } from '@tillcast/core/scoring/ensemble';
import type { TableInfo } from '../jobs/read-table.ts';
import type { TrainedMember, TrainingResult } from '../jobs/train-spec.ts';
import { versionOf } from './version.ts';

/** All that a bundle is made of. */
export interface BundleParts {
  readonly info: TableInfo;
  readonly features: readonly string[];
  readonly label: BundleManifest['label'];
  readonly seed: number;
  /** Folder of the refit: member files and golden rows. */
  readonly refit: string;
  readonly result: TrainingResult;
  readonly blend: Blend;
  readonly reference: ReferenceProfile;
  readonly backgrounds: Backgrounds;
  readonly metrics: Readonly<Record<string, unknown>>;
  /** The card's text, once the manifest is known. */
  readonly card: (manifest: BundleManifest) => string;
  readonly nowMs: number;
}

function noteOf(name: string): FeatureNote {
  const feature = featureCatalog.find((one) => one.name === name);
  const monotone = feature?.monotone === undefined ? {} : { monotone: feature.monotone };
  return {
    name,
    description: feature?.description ?? '',
    family: feature?.family ?? 'own',
    unit: feature?.unit ?? 'ratio',
    ...monotone,
  };
}

const manifestMember = ({
  name,
  file,
  rounds,
  params,
  base_margin: baseMargin,
}: TrainedMember): BundleManifest['members'][number] => ({
  name,
  file,
  rounds,
  ...(baseMargin === undefined ? {} : { baseMargin }),
  params,
});

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** A blend without its members of weight 0: they are neither scored nor shipped. */
export const withoutIdle = (blend: Blend): Blend => ({
  ...blend,
  weights: Object.fromEntries(Object.entries(blend.weights).filter(([, weight]) => weight > 0)),
});

/** The files of a bundle, unsealed, and its manifest. */
export function assembleBundle(parts: BundleParts): { readonly files: BundleFiles; readonly manifest: BundleManifest } {
  const { info, result, nowMs } = parts;
  const members = Object.fromEntries(
    result.members.map(({ name, file }) => [name, readFileSync(join(parts.refit, file), 'utf8')]),
  ) as Partial<Record<MemberName, string>>;
  const texts = {
    features: json({ features: parts.features.map(noteOf) }),
    encoders: json({ encoders: [] }),
    blend: json(withoutIdle(parts.blend)),
  };
  const contentHash = createHash('sha256')
    .update(contentText({ members, ...texts }))
    .digest('hex');
  const manifest: BundleManifest = {
    schema: 1,
    model: info.target,
    version: versionOf(nowMs, contentHash),
    target: info.target,
    horizonMs: info.horizonMs,
    label: parts.label,
    timeZone: info.timeZone,
    sessionGapMs: info.sessionGapMs,
    features: parts.features,
    catalogueHash: info.catalogueHash,
    members: result.members.map(manifestMember),
    contentHash,
    createdAt: new Date(nowMs).toISOString(),
    seed: parts.seed,
    data: {
      fromMs: info.dataFromMs,
      untilMs: info.dataUntilMs,
      events: info.counts.events,
      rows: result.rows,
      positives: result.positives,
    },
    versions: result.versions,
    metrics: parts.metrics,
  };
  const named: Record<string, string> = {
    'manifest.json': json(manifest),
    'features.json': texts.features,
    'encoders.json': texts.encoders,
    'blend.json': texts.blend,
    'golden.jsonl': readFileSync(join(parts.refit, 'golden.jsonl'), 'utf8'),
    'reference-profile.json': json(parts.reference),
    [BACKGROUND_FILE]: backgroundText(parts.backgrounds),
    'model-card.md': parts.card(manifest),
  };
  for (const member of result.members) named[member.file] = members[member.name]!;
  return { manifest, files: new Map(Object.entries(named).map(([path, text]) => [path, Buffer.from(text)])) };
}
