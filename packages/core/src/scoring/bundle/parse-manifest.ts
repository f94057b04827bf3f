import type { BundleManifest } from '../bundle.ts';
import { memberNames } from '../ensemble.ts';
import { Fields } from './fields.ts';
import { memberFiles, refuse } from './files.ts';

/** A version: the moment it was made, to the millisecond, and the head of its content hash; sorts by time, says nothing else. */
export const versionPattern = /^v\d{17}-[0-9a-f]{8}$/;

const MAX_FEATURES = 4_096;
const YEAR_9999_MS = 253_402_300_799_999;
const hash = /^[0-9a-f]{64}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const names = [
  ...['schema', 'model', 'version', 'target', 'horizonMs', 'label', 'timeZone', 'sessionGapMs', 'features', 'catalogueHash'],
  ...['members', 'contentHash', 'createdAt', 'seed', 'data', 'versions', 'metrics'],
];

function parseMember(fields: Fields): BundleManifest['members'][number] {
  fields.only('name', 'file', 'rounds', 'baseMargin', 'params');
  const name = fields.choice('name', memberNames);
  const file = fields.choice('file', [memberFiles[name]]);
  const baseMargin = fields.has('baseMargin') ? { baseMargin: fields.number('baseMargin') } : {};
  return { name, file, rounds: fields.integer('rounds', 1, 100_000), ...baseMargin, params: fields.record('params') };
}

function parseData(fields: Fields): BundleManifest['data'] {
  fields.only('fromMs', 'untilMs', 'events', 'rows', 'positives');
  return {
    fromMs: fields.number('fromMs', -YEAR_9999_MS, YEAR_9999_MS),
    untilMs: fields.number('untilMs', -YEAR_9999_MS, YEAR_9999_MS),
    events: fields.integer('events'),
    rows: fields.integer('rows'),
    positives: fields.integer('positives'),
  };
}

function unique(values: readonly string[], what: string): void {
  if (values.length === 0) refuse(`manifest.json names no ${what}`);
  if (new Set(values).size !== values.length) refuse(`manifest.json names a ${what} twice`);
}

/** The manifest as contracts/bundle-manifest.schema.json has it, or a refusal that names the field. */
export function parseManifest(value: unknown): BundleManifest {
  const fields = new Fields(value, 'manifest.json').only(...names);
  const target = fields.choice('target', ['item', 'session']);
  const manifest: BundleManifest = {
    schema: fields.choice('schema', [1]),
    model: fields.choice('model', [target]),
    version: fields.text('version', versionPattern),
    target,
    horizonMs: fields.integer('horizonMs', 1),
    label: fields.choice('label', ['label', 'label_net']),
    timeZone: fields.text('timeZone', /^[A-Za-z0-9_+\-/]{1,64}$/),
    sessionGapMs: fields.integer('sessionGapMs', 1),
    features: fields.texts('features', MAX_FEATURES),
    catalogueHash: fields.text('catalogueHash', /^[0-9a-f]{8,64}$/),
    members: fields.objects('members', memberNames.length).map(parseMember),
    contentHash: fields.text('contentHash', hash),
    createdAt: fields.text('createdAt', instant),
    seed: fields.integer('seed'),
    data: parseData(fields.object('data')),
    versions: fields.record('versions') as Readonly<Record<string, string>>,
    metrics: fields.record('metrics'),
  };
  unique(manifest.features, 'feature');
  unique(
    manifest.members.map((member) => member.name),
    'member',
  );
  if (Object.values(manifest.versions).some((version) => typeof version !== 'string'))
    refuse('manifest.json: "versions" must map names to texts');
  return manifest;
}
