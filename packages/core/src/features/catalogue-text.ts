import type { Feature } from './feature.ts';

/**
 * What a bundle pins of a catalogue: names, order and versions, one feature a line.
 * Equal texts mean that a row's columns have the same meaning; the server hashes it (`catalogueHash`).
 */
export const catalogueText = (catalog: readonly Feature[]): string =>
  catalog
    .map(({ name, version = 1, unit, windowMs = '' }, index) => [index, name, version, unit, windowMs].join('\t'))
    .join('\n');
