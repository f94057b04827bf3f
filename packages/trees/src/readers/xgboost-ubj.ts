import type { BinaryFormat } from './format.ts';
import { parseUbj } from './ubj.ts';
import { readXgboostModel } from './xgboost-model.ts';

/** XGBoost's binary JSON (`Booster.save_model('model.ubj')`). */
export const xgboostUbj: BinaryFormat = {
  name: 'XGBoost UBJ',
  // An object whose first key has a length: in text JSON a quote or white space follows the brace.
  recognises: (bytes) => bytes[0] === 0x7b && [0x4c, 0x6c, 0x69, 0x55, 0x49].includes(bytes[1] ?? 0),
  parse: (bytes, baseMargin) => readXgboostModel(parseUbj(bytes), baseMargin),
};
