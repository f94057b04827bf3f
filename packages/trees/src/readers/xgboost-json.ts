import type { ModelFormat } from './format.ts';
import { parseJson } from './parse-json.ts';
import { readXgboostModel } from './xgboost-model.ts';

/** XGBoost's JSON (`Booster.save_model('model.json')`). */
export const xgboostJson: ModelFormat = {
  name: 'XGBoost JSON',
  recognises: (head) => /^\s*\{/.test(head) && /"learner"\s*:|"gradient_booster"\s*:/.test(head),
  parse: (text, baseMargin) => readXgboostModel(parseJson(text), baseMargin),
};
