import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Alias, type AliasMove, aliases, type ModelRegistry, type OpenedBundle } from '@tillcast/core/ports/model-registry';
import type { BundleManifest, Target } from '@tillcast/core/scoring/bundle';
import { parseBundle } from '@tillcast/core/scoring/bundle/parse-bundle';
import type { KnownFeatures } from '@tillcast/core/scoring/bundle/parse-features';
import { parseManifest, versionPattern } from '@tillcast/core/scoring/bundle/parse-manifest';
import { parseStrictJson } from '@tillcast/core/scoring/bundle/strict-json';
import { openAliasHistory } from './alias-history.ts';
import { makeDirectoryDurably, syncDirectory } from './durable.ts';
import { readBundleFiles, readManifestBytes } from './read-bundle-files.ts';
import { writeBundleFolder } from './seal-bundle.ts';
import type { SigningKeys } from './signing-keys.ts';

const targets: readonly Target[] = ['item', 'session'];
const INCOMING = '.incoming-';
const STALE_MS = 60 * 60_000;

export interface FolderRegistrySettings {
  readonly folder: string;
  readonly keys: SigningKeys;
  readonly now: () => number;
  /** What this build can compute; absent = bundles of any features are opened. */
  readonly features?: KnownFeatures;
}

/** What an interrupted `add` left behind, once it is certain that nobody is still writing it. */
function sweep(folder: string, nowMs: number): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    if (name.startsWith(INCOMING) && nowMs - statSync(path).mtimeMs > STALE_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** A registry in a folder: `<model>/<version>/` holds a bundle, `<model>/aliases.ndjson` the moves. */
export function openFolderRegistry({ folder, keys, now, features }: FolderRegistrySettings): ModelRegistry {
  const at = (model: Target, version: string): string => join(folder, model, version);
  const historyOf = (model: Target) => openAliasHistory(join(folder, model, 'aliases.ndjson'));
  const movesOf = (model: Target, alias: Alias): readonly AliasMove[] =>
    historyOf(model)
      .read()
      .filter((move) => move.alias === alias);
  const has = (model: Target, version: string): boolean =>
    targets.includes(model) && versionPattern.test(version) && existsSync(join(at(model, version), 'manifest.json'));

  function resolve(model: Target, name: string): string | undefined {
    const version = aliases.includes(name as Alias) ? movesOf(model, name as Alias).at(-1)?.version : name;
    return version && has(model, version) ? version : undefined;
  }

  function open(model: Target, name: string): OpenedBundle {
    const version = resolve(model, name);
    if (version === undefined) throw new TillcastError('MODEL_NOT_FOUND', `the model "${model}" has no ${notFound(name)}`);
    const opened = parseBundle(readBundleFiles(at(model, version), keys), features);
    if (opened.manifest.version !== version || opened.manifest.model !== model)
      throw new TillcastError(
        'BUNDLE_REFUSED',
        `the folder of ${model} ${version} holds ${opened.manifest.model} ${opened.manifest.version}`,
      );
    return { ...opened, folder: at(model, version) };
  }

  function add(source: string): OpenedBundle {
    const files = readBundleFiles(source, keys);
    const opened = parseBundle(files, features);
    const { model, version } = opened.manifest;
    const place = at(model, version);
    if (existsSync(place))
      throw new TillcastError(
        'VERSION_CONFLICT',
        `the model "${model}" already has the version ${version}; versions are immutable`,
      );
    makeDirectoryDurably(join(folder, model));
    sweep(join(folder, model), now());
    const incoming = join(folder, model, `${INCOMING}${randomUUID()}`);
    try {
      writeBundleFolder(incoming, files);
      renameSync(incoming, place);
    } catch (error) {
      rmSync(incoming, { recursive: true, force: true });
      throw error;
    }
    syncDirectory(join(folder, model));
    return { ...opened, folder: place };
  }

  function manifestOf(model: Target, version: string): BundleManifest | undefined {
    try {
      const bytes = readManifestBytes(at(model, version), keys);
      return parseManifest(parseStrictJson(new TextDecoder().decode(bytes), 'manifest.json'));
    } catch (error) {
      if (error instanceof TillcastError) return undefined;
      throw error;
    }
  }

  function list(model: Target): readonly BundleManifest[] {
    const path = join(folder, model);
    const versions = existsSync(path)
      ? readdirSync(path)
          .filter((name) => versionPattern.test(name))
          .sort()
      : [];
    return versions.flatMap((version) => manifestOf(model, version) ?? []);
  }

  function move(wish: Omit<AliasMove, 'atMs'>): AliasMove {
    const { model, alias, version, by, why } = wish;
    if (!targets.includes(model) || !aliases.includes(alias))
      throw new TillcastError('OPTION_INVALID', `there is no alias "${alias}" of "${model}"`);
    for (const [name, text] of Object.entries({ by, why }))
      if (text.trim() === '' || text.length > 1_000)
        throw new TillcastError('OPTION_INVALID', `"${name}" must be a text of 1 to 1,000 characters`);
    if (version !== null && !has(model, version))
      throw new TillcastError('MODEL_NOT_FOUND', `the model "${model}" has no version "${version}"`);
    const history = historyOf(model);
    const atMs = Math.max(now(), history.read().at(-1)?.atMs ?? Number.NEGATIVE_INFINITY);
    const moved: AliasMove = { model, alias, version, atMs, by, why };
    history.append(moved);
    return moved;
  }

  return {
    add: async (source) => add(source),
    list: async (model) => (model === undefined ? targets : [model]).flatMap(list),
    open: async (model, name) => open(model, name),
    resolve: async (model, name) => resolve(model, name),
    move: async (wish) => move(wish),
    history: async (model, alias) => movesOf(model, alias),
    at: async (model, alias, atMs) => movesOf(model, alias).findLast((one) => one.atMs <= atMs)?.version ?? undefined,
  };
}

const notFound = (name: string): string =>
  aliases.includes(name as Alias)
    ? `${name}; train one with "tillcast train", or promote one with "tillcast models promote"`
    : `version "${name}"; "tillcast models list" shows them`;
