/** A kind of file that is no model we read, though it is given as one. */
export interface ForeignFile {
  readonly name: string;
  readonly remedy: string;
  /** Whether a file begins so; a byte is a character of the same number. */
  recognises(head: string): boolean;
}

const XGBOOST = 'save it again with booster.save_model("model.json")';
const LIGHTGBM = 'save it again with booster.save_model("model.txt")';
const CATBOOST = 'save it again with model.save_model("model.json", format="json", pool=train_pool)';
const EXPORT = 'save the model with tillcast_export.save(model, "model.json")';
const SOURCE = `give the library’s own file: ${EXPORT}`;
const UNPACK = 'unpack it and give the model file in it';

const begins = (...magics: string[]) => ({ recognises: (head: string) => magics.some((magic) => head.startsWith(magic)) });
const matches = (pattern: RegExp) => ({ recognises: (head: string) => pattern.test(head) });

const codeAt = (head: string, at: number): number => (at < head.length ? head.charCodeAt(at) : -1);

/** Protocols 2 to 5 begin with a mark and their number, 0 with a class or an opened container; joblib packs with zlib, too. */
function isPickle(head: string): boolean {
  if (head.startsWith('\x80')) return codeAt(head, 1) >= 2 && codeAt(head, 1) <= 5;
  const zlib = head.startsWith('x') && [0x01, 0x5e, 0x9c, 0xda].includes(codeAt(head, 1));
  return zlib || head.startsWith('ZF0x') || /^(?:c[a-z_][\w.]*\n\w+\n|\(?(?:[dl]p\d|i[a-z_][\w.]*\n))/i.test(head);
}

/** A protobuf whose first field is the format's version, followed by the producer's name, an import or the graph. */
function isOnnx(head: string): boolean {
  return (
    codeAt(head, 0) === 0x08 && codeAt(head, 1) >= 1 && codeAt(head, 1) <= 32 && [0x12, 0x3a, 0x42].includes(codeAt(head, 2))
  );
}

/** Encodings of text that a model file never has; asked before any format is. */
export const foreignEncodings: readonly ForeignFile[] = [
  {
    name: 'a text that begins with a byte order mark',
    remedy: 'save it as UTF-8 without one, or save the model again',
    ...begins('\u00ef\u00bb\u00bf', '\ufeff'),
  },
  {
    name: 'a text in UTF-16 or UTF-32',
    remedy: 'save it as UTF-8, or save the model again',
    ...begins('\u00ff\u00fe', '\u00fe\u00ff', '\0\0\u00fe\u00ff', '{\0', '\0{', 't\0r\0'),
  },
];

/** What people have under the name of a model; asked where no known format recognises a file, the first that recognises it names it. */
export const foreignFiles: readonly ForeignFile[] = [
  { name: 'a gzip archive', remedy: UNPACK, ...begins('\x1f\x8b') },
  { name: 'a bzip2 archive', remedy: UNPACK, ...begins('BZh') },
  { name: 'an xz archive', remedy: UNPACK, ...begins('\xfd7zXZ\0') },
  { name: 'a Zstandard archive', remedy: UNPACK, ...begins('\x28\xb5\x2f\xfd') },
  { name: 'an LZMA archive', remedy: UNPACK, ...begins(']\0\0') },
  { name: 'an LZ4 archive', remedy: UNPACK, ...begins('\x04\x22\x4d\x18') },
  { name: 'a tar archive', remedy: UNPACK, recognises: (head) => head.slice(257, 262) === 'ustar' },
  {
    name: 'a zip archive (skops, NumPy and others save in it)',
    remedy: `${UNPACK}, or ${EXPORT}`,
    ...begins('PK\x03\x04', 'PK\x05\x06'),
  },
  {
    name: 'a pickle (joblib saves in it too)',
    remedy: `pickles are never read, they can run code; load it where you trust it and ${EXPORT}`,
    recognises: isPickle,
  },
  { name: 'a NumPy array', remedy: EXPORT, ...begins('\x93NUMPY') },
  { name: 'an HDF5 file', remedy: EXPORT, ...begins('\x89HDF\r\n\x1a\n') },
  { name: 'a Parquet or Arrow table, not a model', remedy: EXPORT, ...begins('PAR1', 'ARROW1') },
  { name: 'ONNX or Core ML, which hold no training weights', remedy: SOURCE, recognises: isOnnx },
  { name: 'PMML', remedy: SOURCE, ...matches(/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)?<PMML\b/) },
  { name: 'CatBoost’s binary format (.cbm)', remedy: CATBOOST, ...begins('CBM1') },
  {
    name: 'CatBoost’s exported code',
    remedy: CATBOOST,
    ...matches(/(?:class|struct) T?catboost_?model|ApplyCatboostModel/i),
  },
  { name: 'XGBoost’s UBJ, read as text', remedy: 'give its bytes (a Uint8Array)', ...matches(/^\{[LliUI]\W/) },
  {
    name: 'XGBoost’s old binary format',
    remedy: `load it with XGBoost before 3.1 and ${XGBOOST}`,
    recognises: (head) =>
      /^(?:binf|bs64)/.test(head) ||
      (head.includes('\0') && /gbtree|gblinear/.test(head) && /(?:binary|reg|multi|rank|count|survival):\w/.test(head)),
  },
  {
    name: 'a dump of XGBoost’s trees',
    remedy: XGBOOST,
    ...matches(/^\s*(?:booster\[\d+\]:|\d+:\[.{1,200}yes=|\d+:leaf=|\[?\s*\{\s*"(?:nodeid|leaf)")/),
  },
  {
    name: 'a dump of LightGBM’s model',
    remedy: LIGHTGBM,
    ...matches(/^\s*\{[\s\S]*"(?:tree_info|num_tree_per_iteration|max_feature_idx)"\s*:/),
  },
  { name: 'LightGBM’s exported code', remedy: LIGHTGBM, ...matches(/^\s*#include[\s\S]*LightGBM/) },
  { name: 'a pointer of Git LFS, not the file itself', remedy: 'run git lfs pull', ...begins('version https://git-lfs') },
  { name: 'a web page', remedy: 'download the file again', ...matches(/^\s*(?:<!doctype html|<html)/i) },
];
