import { type Forest, rowWidth } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';
import type { Bundle, BundleManifest } from '../bundle.ts';
import type { Blend, Ensemble } from '../ensemble.ts';
import { BACKGROUND_FILE, parseBackgrounds } from './background-file.ts';
import { memberFiles, refuse } from './files.ts';
import { checkGolden, type Parity } from './golden-gate.ts';
import { parseBlend } from './parse-blend.ts';
import { checkAgainstCatalogue, type KnownFeatures, parseEncoders, parseFeatures } from './parse-features.ts';
import { parseGolden } from './parse-golden.ts';
import { parseManifest } from './parse-manifest.ts';
import { parseReference } from './parse-reference.ts';
import { parseStrictJson } from './strict-json.ts';

/** The files of a bundle by relative path: the very bytes whose hashes were checked. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

function textOf(files: BundleFiles, path: string): string {
  const bytes = files.get(path) ?? refuse(`it has no file ${path}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse(`${path} is not UTF-8`);
  }
}

const jsonOf = (files: BundleFiles, path: string): unknown => parseStrictJson(textOf(files, path), path);

function readMember(files: BundleFiles, member: BundleManifest['members'][number], columns: readonly string[]): Forest {
  const text = textOf(files, member.file);
  if (member.file.endsWith('.json')) parseStrictJson(text, member.file);
  let forest: Forest;
  try {
    forest = readForest(text, member.baseMargin === undefined ? {} : { baseMargin: member.baseMargin });
  } catch (error) {
    return refuse(`${member.file}: ${(error as Error).message}`);
  }
  if (forest.space === 'value' || rowWidth(forest) > forest.featureCount || forest.encoding !== undefined)
    refuse(`${member.file} is a regression or takes categories; a bundle serves classifiers of numbers`);
  if (forest.featureCount > columns.length)
    refuse(`${member.file} asks about ${forest.featureCount} columns, manifest.json names ${columns.length}`);
  const stray = forest.featureNames.findIndex((name, index) => name !== columns[index]);
  if (stray >= 0)
    refuse(`${member.file} has "${forest.featureNames[stray]}" as column ${stray}, manifest.json has "${columns[stray]}"`);
  return forest;
}

function checkMembers(files: BundleFiles, manifest: BundleManifest, blend: Blend): void {
  const weighted = Object.entries(blend.weights).filter(([, weight]) => weight > 0);
  const named = new Set<string>(manifest.members.map((member) => member.name));
  if (weighted.length !== named.size || weighted.some(([name]) => !named.has(name)))
    refuse('manifest.json and blend.json do not name the same members (those of weight 0 are not shipped)');
  const listed = new Set(manifest.members.map((member) => member.file));
  for (const path of Object.values(memberFiles))
    if (files.has(path) && !listed.has(path)) refuse(`it holds ${path}, which manifest.json does not name`);
}

/** Verified bytes to a bundle that may be served: every field checked, every member read, the parity gate passed. */
export function parseBundle(files: BundleFiles, known: KnownFeatures | undefined): Bundle & { readonly parity: Parity } {
  const manifest = parseManifest(jsonOf(files, 'manifest.json'));
  if (known) checkAgainstCatalogue(manifest.features, manifest.catalogueHash, known);
  parseFeatures(jsonOf(files, 'features.json'), manifest.features);
  parseEncoders(jsonOf(files, 'encoders.json'));
  const blend = parseBlend(jsonOf(files, 'blend.json'));
  checkMembers(files, manifest, blend);
  const reference = parseReference(jsonOf(files, 'reference-profile.json'));
  const golden = parseGolden(textOf(files, 'golden.jsonl'), manifest.features.length);
  const members = manifest.members.map((member) => ({ name: member.name, forest: readMember(files, member, manifest.features) }));
  const ensemble: Ensemble = { featureNames: manifest.features, members, blend };
  const backgrounds = files.has(BACKGROUND_FILE)
    ? { backgrounds: parseBackgrounds(jsonOf(files, BACKGROUND_FILE), manifest.features.length) }
    : {};
  return { manifest, ensemble, blend, reference, ...backgrounds, parity: checkGolden(ensemble, golden) };
}
