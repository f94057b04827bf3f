import { catboostJson } from './catboost-json.ts';
import type { ModelFormat } from './format.ts';
import { lightgbmText } from './lightgbm-text.ts';
import { sklearnForest } from './sklearn-forest.ts';
import { xgboostJson } from './xgboost-json.ts';

/** Asked in order; the first that recognises the file parses it. */
export const formats: readonly ModelFormat[] = [sklearnForest, xgboostJson, catboostJson, lightgbmText];
