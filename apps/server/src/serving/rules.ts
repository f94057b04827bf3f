import { join } from 'node:path';
import type { CatalogueView } from '@tillcast/core/catalogue/view';
import { openTold } from '@tillcast/core/decisions/insights/caps';
import { type CompiledRules, compileRules } from '@tillcast/core/decisions/insights/compile-rules';
import type { Question } from '@tillcast/core/features/engine';
import type { ItemFacts } from '@tillcast/core/ports/item-catalogue';
import type { Tellings } from '@tillcast/core/ports/tellings';
import { asGiven, type Convert } from '@tillcast/core/shop/convert';
import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import { type RuleNames, readRuleFile, type VersionedRules } from '../rules/read-rule-file.ts';
import { type SharedTold, shareTold } from './shared-told.ts';

/** The rules that answers are spoken with. */
export interface SpokenRules {
  readonly insights: CompiledRules;
  readonly recommendations: CompiledRules;
  /** The insight rules as they were read. */
  readonly file: VersionedRules;
  /** What a condition can ask of the item and of money. */
  readonly shop: RuleShop;
  /** Who was told what; undefined = caps do not count here. */
  readonly told: SharedTold | undefined;
}

/** What the shop says of items and money, for conditions. */
export interface RuleShop {
  readonly settings: ShopSettings;
  readonly convert: Convert;
  /** What is known of the item a question is about. */
  readonly itemFacts: (question: Question) => ItemFacts | undefined;
}

/** What the catalogue says of the item of a question, at its moment and as it was known then. */
export const openItemFacts =
  (view: CatalogueView): RuleShop['itemFacts'] =>
  ({ itemId, asOfMs, tenant = 'default' }) =>
    itemId === undefined || view.items === 0 ? undefined : view.at(tenant, itemId, { asOfMs, knownByMs: asOfMs });

/** Where the shipped rules lie. */
export const shippedRules = join(import.meta.dirname, '..', '..', 'rules');

/** Reads the shop's insight rules, or the shipped ones, which name treatments that a shop need not have. */
export const readInsightRules = (file: string | undefined, { features, treatments }: RuleNames): VersionedRules =>
  file === undefined
    ? readRuleFile(join(shippedRules, 'insights.yaml'), { features })
    : readRuleFile(file, { features, treatments });

/** What reading the shop's rules needs. */
export interface SpokenRulesOptions extends RuleNames {
  /** The shop's own insight rules; default: the shipped ones. */
  readonly file?: string | undefined;
  /** BCP 47; default: that of each file. */
  readonly language?: string | undefined;
  readonly shop?: Partial<RuleShop>;
  /** What processes tell each other of who was told what; default: nothing. */
  readonly tellings?: Tellings | undefined;
}

/** The shop's insight rules, or the shipped ones, and the shipped recommendations. */
export function readSpokenRules({ file, language, features, treatments, shop = {}, tellings }: SpokenRulesOptions): SpokenRules {
  const { settings = noSettings, convert = asGiven, itemFacts = () => undefined } = shop;
  const insights = readInsightRules(file, { features, treatments });
  const recommendations = readRuleFile(join(shippedRules, 'recommendations.yaml'), { features });
  const hasCaps = insights.rules.some(({ cap }) => cap !== undefined);
  return {
    insights: compileRules(insights, language),
    recommendations: compileRules(recommendations, language),
    file: insights,
    shop: { settings, convert, itemFacts },
    told: tellings !== undefined && hasCaps ? shareTold(openTold(), tellings) : openTold(),
  };
}
