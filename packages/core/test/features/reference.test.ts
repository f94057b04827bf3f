import { readFileSync } from 'node:fs';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { catalogueReference } from '@tillcast/core/features/catalogue-reference';
import { catalogueText } from '@tillcast/core/features/catalogue-text';
import { expect, it } from 'vitest';

const page = new URL('../../../../docs/reference/features.md', import.meta.url);

it('docs/reference/features.md is what the catalogue says (else: tillcast features --markdown > docs/reference/features.md)', () => {
  expect(readFileSync(page, 'utf8')).toBe(catalogueReference(featureCatalog));
});

it('the catalogue is as wide as design §4 asks, over all families', () => {
  expect(featureCatalog.length).toBeGreaterThanOrEqual(35);
  expect(new Set(featureCatalog.map(({ family }) => family)).size).toBe(5);
});

it('the text a bundle pins follows names, order and versions', () => {
  const [first, second, ...rest] = featureCatalog;
  const text = catalogueText(featureCatalog);
  expect(catalogueText([second!, first!, ...rest])).not.toBe(text);
  expect(catalogueText([{ ...first!, version: 2 }, second!, ...rest])).not.toBe(text);
  expect(catalogueText([{ ...first!, description: 'Said otherwise.' }, second!, ...rest])).toBe(text);
});
