import { catboostJson } from './catboost-json.ts';
import type { BinaryFormat, ModelFormat } from './format.ts';
import { lightgbmText } from './lightgbm-text.ts';
import { sklearnForest } from './sklearn-forest.ts';
import { xgboostJson } from './xgboost-json.ts';
import { xgboostUbj } from './xgboost-ubj.ts';

/** Asked in order; the first that recognises the file parses it. */
export const formats: readonly ModelFormat[] = [sklearnForest, xgboostJson, catboostJson, lightgbmText];

/** Asked first where a file is given as bytes; bytes that none of them recognises are read as UTF-8 text. */
export const binaryFormats: readonly BinaryFormat[] = [xgboostUbj];
