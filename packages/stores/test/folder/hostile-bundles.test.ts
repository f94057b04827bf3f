import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBundle } from '@tillcast/core/scoring/bundle/parse-bundle';
import { describe, expect, it } from 'vitest';
import { readBundleFiles } from '../../src/folder/read-bundle-files.ts';
import { newKeys, scratchPath, tinyBundle, tinyFiles, tinyForest } from './tiny-bundle.ts';

const keys = newKeys();
const load = (folder: string, by = keys) => parseBundle(readBundleFiles(folder, by), undefined);
const refused = { code: 'BUNDLE_REFUSED' };
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};
/** A bundle that a trusted key signed, one file of it hostile. */
const signedWith = (path: string, text: string) => tinyBundle(keys, tinyFiles(undefined, undefined, { [path]: text }));
const manifestWith = (change: Record<string, unknown>) =>
  signedWith(
    'manifest.json',
    JSON.stringify({ ...JSON.parse(Buffer.from(tinyFiles().get('manifest.json')!).toString()), ...change }),
  );

it('takes a sound bundle, its golden rows reproduced', () => {
  const { parity, manifest } = load(tinyBundle(keys));
  expect(manifest.members.length).toBe(1);
  expect(parity.rows).toBe(4);
  expect(parity.rawMaxAbs).toBe(0);
});

describe('what was not signed', () => {
  const files = [...readdirSync(tinyBundle(keys)).filter((name) => name !== 'members'), 'members/random_forest.json'];

  it.each(files)('a flipped byte of %s', (path) => {
    const folder = tinyBundle(keys);
    const sound = readFileSync(join(folder, path));
    const step = Math.max(1, Math.floor(sound.length / 24));
    for (let at = 0; at < sound.length; at += step) {
      for (const bit of [1, 0x20, 0x80]) {
        const bytes = Buffer.from(sound);
        bytes[at]! ^= bit;
        writeFileSync(join(folder, path), bytes);
        expect(
          codeOf(() => load(folder)),
          `byte ${at}, bit ${bit}`,
        ).toBe('BUNDLE_REFUSED');
      }
    }
    writeFileSync(join(folder, path), sound);
    expect(codeOf(() => load(folder))).toBeUndefined();
  });

  it('another key', () => expect(() => load(tinyBundle(newKeys()))).toThrow(/signed by the key [0-9a-f]{16}, which is not in/));

  it('hashes of another bundle', () => {
    const [one, other] = [tinyBundle(keys), signedWith('model-card.md', '# Another\n')];
    for (const name of ['SHA256SUMS', 'manifest.sig']) writeFileSync(join(one, name), readFileSync(join(other, name)));
    expect(() => load(one)).toThrow('model-card.md is not the file that was signed');
  });

  it.each(['encoders.json', 'manifest.sig', 'SHA256SUMS', 'members/random_forest.json'])('a missing %s', (path) => {
    const folder = tinyBundle(keys);
    renameSync(join(folder, path), scratchPath('moved'));
    expect(codeOf(() => load(folder))).toBe('BUNDLE_REFUSED');
  });

  it.each(['extra.json', 'members/extra.json', 'members/xgboost.json', '.hidden', 'pickle.pkl'])('an extra file %s', (path) => {
    const folder = tinyBundle(keys);
    writeFileSync(join(folder, path), '{}');
    expect(codeOf(() => load(folder))).toBe('BUNDLE_REFUSED');
  });

  it('an extra folder, a folder in place of a file', () => {
    const extra = tinyBundle(keys);
    mkdirSync(join(extra, 'more'));
    expect(() => load(extra)).toThrow('more is not a plain file');
  });

  it('a link, even to the very bytes that were signed', () => {
    const folder = tinyBundle(keys);
    const elsewhere = scratchPath('elsewhere');
    renameSync(join(folder, 'blend.json'), elsewhere);
    symlinkSync(elsewhere, join(folder, 'blend.json'));
    expect(() => load(folder)).toThrow('blend.json is not a plain file');
  });

  it('a linked members folder', () => {
    const folder = tinyBundle(keys);
    const elsewhere = scratchPath('members');
    renameSync(join(folder, 'members'), elsewhere);
    symlinkSync(elsewhere, join(folder, 'members'));
    expect(() => load(folder)).toThrow('members is not a plain file');
  });

  it('a huge file, unread', () => {
    const folder = tinyBundle(keys);
    truncateSync(join(folder, 'members/random_forest.json'), 8 * 2 ** 30);
    const before = process.memoryUsage().rss;
    expect(() => load(folder)).toThrow(/has 8589934592 bytes; at most/);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });
});

describe('what a trusted key signed, and still is no bundle', () => {
  const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;

  it.each([
    [
      'a number beyond a double',
      'blend.json',
      '{"kind":"log_odds","weights":{"random_forest":1},"platt":{"slope":1e999,"intercept":0}}',
      'not finite',
    ],
    ['NaN', 'blend.json', '{"kind":NaN}', 'is not JSON'],
    ['a key twice', 'features.json', '{"features":[],"features":[]}', 'twice'],
    ['a key twice, once escaped', 'features.json', '{"features":[],"f\\u0065atures":[]}', 'twice'],
    ['a background of short rows', 'background.json', '{"training":[[1]]}', 'row 1 must be a list of 2 values'],
    ['a background of text', 'background.json', '{"training":[["a","b"]]}', 'row 1 holds "a"'],
    ['__proto__', 'encoders.json', '{"encoders":[],"__proto__":{"x":1}}', '__proto__'],
    ['nesting', 'encoders.json', `{"encoders":${deep}}`, 'nested deeper'],
    ['an unknown field', 'encoders.json', '{"encoders":[],"run":"sh"}', 'unknown field "run"'],
    [
      'weights that do not add up to 1',
      'blend.json',
      '{"kind":"log_odds","weights":{"random_forest":0.9},"platt":{"slope":1,"intercept":0},"forestShrinkage":{"lambda":0.01,"pi":0.1}}',
      'add up',
    ],
    [
      'a slope of 0',
      'blend.json',
      '{"kind":"log_odds","weights":{"random_forest":1},"platt":{"slope":0,"intercept":0},"forestShrinkage":{"lambda":0.01,"pi":0.1}}',
      'slope',
    ],
    [
      'no shrinkage',
      'blend.json',
      '{"kind":"log_odds","weights":{"random_forest":1},"platt":{"slope":1,"intercept":0},"forestShrinkage":{"lambda":0,"pi":0.1}}',
      'lambda',
    ],
    [
      'a weighted member that is not there',
      'blend.json',
      '{"kind":"log_odds","weights":{"xgboost":1},"platt":{"slope":1,"intercept":0},"forestShrinkage":{"lambda":0.01,"pi":0.1}}',
      'same members',
    ],
    ['other features', 'features.json', '{"features":[]}', 'in their order'],
    ['no golden row', 'golden.jsonl', '', 'cannot be checked'],
    [
      'a golden row of another width',
      'golden.jsonl',
      '{"row":[1],"members":{"random_forest":{"raw":0.2}}}',
      '1 values for 2 features',
    ],
    [
      'a golden value that is no float32',
      'golden.jsonl',
      '{"row":[0.1,1],"members":{"random_forest":{"raw":0.2}}}',
      'not a float32',
    ],
    ['a member of another library', 'members/random_forest.json', '{}', 'members/random_forest.json'],
    [
      'a child outside its tree',
      'members/random_forest.json',
      tinyForest().replace('[1,-1,-1]', '[7,-1,-1]'),
      'members/random_forest.json',
    ],
    ['a circle', 'members/random_forest.json', tinyForest().replace('[1,-1,-1]', '[0,-1,-1]'), 'members/random_forest.json'],
    [
      'a column that is not there',
      'members/random_forest.json',
      tinyForest().replace('[0,-2,-2]', '[9,-2,-2]'),
      'members/random_forest.json',
    ],
    [
      'columns in another order',
      'members/random_forest.json',
      tinyForest().replace('["events","price"]', '["price","events"]'),
      'as column 0',
    ],
  ])('%s', (_what, path, text, says) => {
    const folder = signedWith(path, text);
    expect(() => load(folder)).toThrow(says);
    expect(codeOf(() => load(folder))).toBe(refused.code);
  });

  it.each([
    ['a version that is a path', { version: '../../etc' }],
    [
      'a member outside the folder',
      { members: [{ name: 'random_forest', file: '../random_forest.json', rounds: 1, params: {} }] },
    ],
    [
      'a member twice',
      { members: [1, 2].map(() => ({ name: 'random_forest', file: 'members/random_forest.json', rounds: 1, params: {} })) },
    ],
    ['no member', { members: [] }],
    ['a feature twice', { features: ['events', 'events'] }],
    ['another schema', { schema: 2 }],
    ['another target than model', { target: 'item' }],
    ['a horizon of 0', { horizonMs: 0 }],
    ['a field of its own', { entrypoint: 'sh' }],
  ])('a manifest with %s', (_what, change) => expect(codeOf(() => load(manifestWith(change)))).toBe(refused.code));
});

describe('the golden gate', () => {
  it('catches a changed leaf, naming member, row, value and expectation', () => {
    const folder = signedWith('members/random_forest.json', tinyForest(0.8000001));
    expect(() => load(folder)).toThrow(
      /random_forest, golden row \d: the (raw score|base value) is 0\.\d+, the library says 0\.\d+/,
    );
    expect(codeOf(() => load(folder))).toBe('PARITY_BROKEN');
  });

  it('catches a moved threshold, for a golden row lies on it', () => {
    expect(
      codeOf(() => load(signedWith('members/random_forest.json', tinyForest().replace('[3,-2,-2]', '[2.9999999,-2,-2]')))),
    ).toBe('PARITY_BROKEN');
  });

  it('catches changed covers, which only SHAP sees', () => {
    expect(codeOf(() => load(signedWith('members/random_forest.json', tinyForest().replace('[10,6,4]', '[10,5,5]'))))).toBe(
      'PARITY_BROKEN',
    );
  });
});
