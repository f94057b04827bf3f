import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import type { KnownFeatures } from '@tillcast/core/scoring/bundle/parse-features';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { sealed, writeBundleFolder } from '@tillcast/stores/folder/seal-bundle';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import type { DataDir } from './cli/data-dir.ts';

/** Opens the durable event log of a data directory. */
export const openEventLog = (dir: DataDir): EventLog => sqliteEventLog(dir.database);

/** Opens the model registry of a data directory; with `features`, bundles that need other features than these are refused. */
export const openModelRegistry = (dir: DataDir, features?: KnownFeatures): ModelRegistry =>
  openFolderRegistry({ folder: dir.models, keys: openSigningKeys(dir.keys), now: Date.now, ...(features ? { features } : {}) });

/** Writes a signed bundle into a new folder, ready for `ModelRegistry.add`. */
export const writeBundle = (dir: DataDir, folder: string, files: BundleFiles): void =>
  writeBundleFolder(folder, sealed(files, openSigningKeys(dir.keys)));
