import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import { readForest } from '../src/read-forest.ts';
import { fixtureNames, readFixture } from './fixture.ts';

const { text: xgboost } = readFixture('xgboost-stump');
const { text: lightgbm } = readFixture('lightgbm-stump');

/** The beginnings of files as their libraries wrote them (xgboost 3.2, lightgbm 4.7, catboost 1.2, scikit-learn 1.9), a byte a character. */
const files: readonly [kind: string, file: string, message: RegExp][] = [
  [
    'a pickle, protocol 5',
    '\x80\x05\x95\x8c\x03\0\0\0\0\0\0\x8c\x18sklearn.ensemble._forest',
    /it is a pickle.*tillcast_export\.save\(model/,
  ],
  [
    'a pickle, protocol 0',
    'ccopy_reg\n_reconstructor\np0\n(csklearn.ensemble._forest\nRandomForestClassifier\n',
    /it is a pickle/,
  ],
  ['a pickle of a dictionary, protocol 0', '(dp0\nVmodel\np1\n', /it is a pickle/],
  ['joblib, packed by zlib', 'x\x9c\x94\xbb\x09X', /it is a pickle/],
  ['joblib, packed by LZMA', ']\0\0@\0\xff\xff\xff\xff\xff\xff\xff\xff\0@\x01', /an LZMA archive; unpack it/],
  ['gzip', '\x1f\x8b\x08\x08\0\0\0\0\x02\xff', /it is a gzip archive; unpack it and give the model file in it/],
  ['bzip2', 'BZh91AY&SY', /a bzip2 archive/],
  ['xz', '\xfd7zXZ\0\0\x04', /an xz archive/],
  ['Zstandard', '\x28\xb5\x2f\xfd\x04', /a Zstandard archive/],
  ['zip', 'PK\x03\x04\x14\0\0\0', /a zip archive/],
  ['tar', `${'members/xgboost.json'.padEnd(257, '\0')}ustar\x0000`, /a tar archive; unpack it/],
  ['NumPy', '\x93NUMPY\x01\0v\0{', /a NumPy array/],
  ['HDF5', '\x89HDF\r\n\x1a\n', /an HDF5 file/],
  ['Parquet', 'PAR1\x15\x04', /a Parquet or Arrow table/],
  ['ONNX of CatBoost', '\x08\x03\x12\x08CatBoost', /it is ONNX or Core ML, which hold no training weights/],
  ['ONNX of skl2onnx', '\x08\x0a\x12\x08skl2onnx\x1a\x051.19.1', /it is ONNX or Core ML/],
  ['PMML', '<?xml version="1.0" encoding="utf-8"?>\n<PMML version="4.3"', /it is PMML/],
  ['CatBoost’s cbm', 'CBM1\x90\x1c\0\0', /CatBoost’s binary format.*format="json", pool=train_pool/],
  ['CatBoost’s Python', '###  Model data\nclass catboost_model(object):\n', /CatBoost’s exported code/],
  ['CatBoost’s C++', '#include <cassert>\n/* Model data */\nstatic const struct CatboostModel {\n', /CatBoost’s exported code/],
  [
    'XGBoost’s text dump',
    'booster[0]:\n0:[f0<0.5] yes=1,no=2,missing=2\n',
    /a dump of XGBoost’s trees.*save_model\("model\.json"\)/,
  ],
  ['XGBoost’s JSON dump', '[\n  { "nodeid": 0, "depth": 0,', /a dump of XGBoost’s trees/],
  ['one tree of XGBoost’s dump', '0:[f0<0.688637674] yes=1,no=2,missing=2\n', /a dump of XGBoost’s trees/],
  [
    'XGBoost’s old binary',
    `\0\0\0\x3f${'\x05\0\0\0'.padEnd(132, '\0')}\x0f\0\0\0\0\0\0\0binary:logistic\x06\0\0\0\0\0\0\0gbtree`,
    /XGBoost’s old binary format; load it with XGBoost before 3\.1/,
  ],
  [
    'LightGBM’s JSON dump',
    '{"name": "tree", "version": "v4", "num_class": 1, "num_tree_per_iteration": 1,',
    /a dump of LightGBM’s model.*save_model\("model\.txt"\)/,
  ],
  ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n', /Git LFS.*git lfs pull/],
  ['a login page', '<!DOCTYPE html>\n<html><title>Sign in', /a web page; download/],
  ['a text with a byte order mark', `\xef\xbb\xbf${xgboost}`, /begins with a byte order mark/],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${lightgbm}`, 'utf16le').toString('latin1'), /UTF-16 or UTF-32; save it as UTF-8/],
  ['UTF-16 without', Buffer.from(xgboost, 'utf16le').toString('latin1'), /UTF-16 or UTF-32/],
  ['a PNG', '\x89PNG\r\n\x1a\n\0\0', /it is binary, no known format recognises it/],
  ['another JSON', '{"model": [1, 2, 3]}', /: no known format recognises it; known are .*LightGBM text/],
  ['nothing', '', /it is empty, no known format/],
  ['white space', ' \n', /it is empty, no known format/],
  ['NUL alone', '\0'.repeat(100), /it is binary/],
];

describe('files of another kind under the name of a model', () => {
  it.each(files)('%s is called by its name, with the remedy', (_kind, file, message) => {
    const read = () => readForest(Buffer.from(file, 'latin1'), { file: 'model.json' });
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^model\.json/);
  });

  it('no fixture is taken for one of them', () => {
    for (const name of fixtureNames) expect(readFixture(name).forest.treeCount, name).toBeGreaterThanOrEqual(0);
  });

  it('text given as text is told apart as well', () => {
    expect(() => readForest(`\ufeff${xgboost}`)).toThrow(/byte order mark/);
    expect(() => readForest(Buffer.from(readFixture('xgboost-ubj').model).toString('utf8'))).toThrow(
      /UBJ, read as text; give its bytes/,
    );
  });
});

describe('text that is not clean', () => {
  const bytes = Buffer.from(lightgbm);
  const at = bytes.indexOf('feature_names=') + 14;
  const changed = (...values: number[]) => {
    const copy = Buffer.from(bytes);
    copy.set(values, at);
    return () => readForest(copy, { file: 'model.txt' });
  };

  it('is refused by the place of the first wrong byte', () => {
    expect(changed(0xe9)).toThrow(`model.txt (LightGBM text) byte ${at + 1}: it is not UTF-8 here`);
    expect(changed(0x41, 0xff)).toThrow(`model.txt (LightGBM text) byte ${at + 1}: it is not UTF-8 here`);
    expect(changed(0xed, 0xa0, 0x80)).toThrow(/byte \d+: it is not UTF-8 here/);
    expect(changed(0x41, 0)).toThrow(`model.txt (LightGBM text) byte ${at + 1}: it holds a NUL character`);
    expect(() => readForest(Buffer.concat([bytes, Buffer.of(0xc3)]))).toThrow(`byte ${bytes.length + 1}: it is not UTF-8 here`);
  });

  it('what is UTF-8 is read: names beyond ASCII', () => {
    const name = readFixture('lightgbm-stump').forest.featureNames[0] ?? 'Column_0';
    const named = lightgbm.replaceAll(name, 'größe_価格');
    expect(readForest(Buffer.from(named)).featureNames).toContain('größe_価格');
  });
});
