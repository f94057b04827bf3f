import { createHash } from 'node:crypto';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { catalogueText } from '@tillcast/core/features/catalogue-text';
import type { Feature } from '@tillcast/core/features/feature';

/** SHA-256 of what a catalogue's columns mean: a table, a bundle and a server that agree on it agree on their rows. */
export const catalogueHash = (catalog: readonly Feature[] = featureCatalog): string =>
  createHash('sha256').update(catalogueText(catalog)).digest('hex');
