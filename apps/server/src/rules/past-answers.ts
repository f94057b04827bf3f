import type { CompiledRules } from '@tillcast/core/decisions/insights/compile-rules';
import type { PastAnswer } from '@tillcast/core/decisions/insights/simulate';
import type { Question } from '@tillcast/core/features/engine';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { LoggedPrediction, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { ReferenceProfile } from '@tillcast/core/scoring/bundle';
import { bandOf } from '@tillcast/core/scoring/reference';
import type { Assessed } from '../serving/rule-facts.ts';
import type { RuleShop } from '../serving/rules.ts';
import { fillOf } from '../serving/spoken.ts';

/** Reads the line of an answer back into what the rules could ask of it. */
export type ReadBack = (logged: LoggedPrediction) => Promise<PastAnswer>;

const questionOf = (record: PredictionRecord): Question => ({
  tenant: record.tenant,
  shopper: record.shopper,
  asOfMs: record.asOfMs,
  ...(record.itemId === undefined ? {} : { itemId: record.itemId }),
  ...(record.category === undefined ? {} : { category: record.category }),
  ...(record.brand === undefined ? {} : { brand: record.brand }),
  ...(record.price === undefined ? {} : { price: record.price }),
  ...(record.hour === undefined ? {} : { hour: record.hour }),
  ...(record.dayOfWeek === undefined ? {} : { dayOfWeek: record.dayOfWeek }),
  ...(record.isWeekend === undefined ? {} : { isWeekend: record.isWeekend }),
});

/** Opens the reading of lines. What a line does not hold is not known: the shop's own segment, and the bands of a model that is gone. */
export function openReadBack(rules: CompiledRules, shop: RuleShop, registry: ModelRegistry): ReadBack {
  const references = new Map<string, ReferenceProfile | undefined>();

  async function referenceOf({ target, model }: PredictionRecord): Promise<ReferenceProfile | undefined> {
    if (model.contentHash === '') return undefined;
    if (!references.has(model.version)) {
      const bundle = await registry.open(target, model.version).catch(() => undefined);
      references.set(model.version, bundle?.reference);
    }
    return references.get(model.version);
  }

  return async ({ record, label }) => {
    const reference = await referenceOf(record);
    const assessment: Assessed = {
      question: questionOf(record),
      ...{ target: record.target, horizonMs: record.horizonMs, probability: record.probability, rung: record.rung },
      percentile: record.percentile ?? null,
      band: reference && bandOf(reference, record.logOdds),
      baseRate: reference?.baseRate,
    };
    const { predictionId, shopper, askedAtMs } = record;
    const facts = fillOf(rules, record.columns.names, shop)({ assessment, userSegment: undefined, shop }, record.row);
    return { predictionId, shopper, askedAtMs, facts, label: label?.label };
  };
}
