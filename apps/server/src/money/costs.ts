import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Variant } from '@tillcast/core/experiments/experiment';
import type { ShopSettings, TreatmentCost } from '@tillcast/core/shop/settings';

/** What is assumed rather than measured, and where to change it. */
export interface Assumption {
  readonly name: string;
  readonly value: number | string | boolean | null;
  readonly unit: string;
  /** `setting` = the shop said so; `default` = nobody did; `missing` = nobody did, and there is no harmless default. */
  readonly source: 'setting' | 'default' | 'missing';
  /** Where it is changed. */
  readonly edit: string;
}

const free: TreatmentCost = { fixed: 0, shareOfValue: 0 };

/** What a treatment costs; undefined = nobody said, and it is one that has a price. */
export function costOf({ name, treatment }: Variant, { treatmentCosts }: ShopSettings): TreatmentCost | undefined {
  const given = treatmentCosts.get(treatment?.id ?? name) ?? treatmentCosts.get(name);
  if (given !== undefined) return given;
  return treatment === undefined || treatment.kind === 'insights' ? free : undefined;
}

const setting = (name: string): string => `shop.${name} in tillcast.yaml`;

/** Everything the ledger takes for granted of the shop and of the variants that count. */
export function assumptionsOf(settings: ShopSettings, variants: readonly Variant[]): readonly Assumption[] {
  const { currency, margin, servingCostPerDay, discountsInPrices } = settings;
  const money = currency ?? 'the unit that prices are given in';
  return [
    {
      ...{ name: 'margin', value: margin ?? null, unit: 'share of the price, of items without a cost or margin of their own' },
      ...{ source: margin === undefined ? 'default' : 'setting', edit: `${setting('margin')}, or --margin` },
    },
    {
      ...{ name: 'serving_cost_per_day', value: servingCostPerDay ?? null, unit: money },
      source: servingCostPerDay === undefined ? 'missing' : 'setting',
      edit: `${setting('serving_cost_per_day')}, or --serving-cost-per-day`,
    },
    {
      ...{
        name: 'discounts_in_prices',
        value: discountsInPrices ?? false,
        unit: 'whether prices in purchases are after discounts',
      },
      ...{ source: discountsInPrices === undefined ? 'default' : 'setting', edit: setting('discounts_in_prices') },
    },
    ...variants.flatMap((variant) => costAssumptions(variant, settings, money)),
  ];
}

function costAssumptions(variant: Variant, settings: ShopSettings, money: string): readonly Assumption[] {
  const name = variant.treatment?.id ?? variant.name;
  const cost = costOf(variant, settings);
  const isGiven = settings.treatmentCosts.has(name) || settings.treatmentCosts.has(variant.name);
  const source = cost === undefined ? 'missing' : isGiven ? 'setting' : 'default';
  const edit = `${setting(`treatment_costs.${name}`)}, or --treatment-cost ${name}=AMOUNT, --discount ${name}=SHARE`;
  return [
    { name: `treatment_costs.${name}.fixed`, value: cost?.fixed ?? null, unit: `${money}, once a treated unit`, source, edit },
    {
      ...{ name: `treatment_costs.${name}.share_of_value`, value: cost?.shareOfValue ?? null, source, edit },
      unit: 'share of the value of the orders of a treated unit',
    },
  ];
}

/** What is told on the command line instead of the settings. */
export interface Overrides {
  readonly margin?: number;
  readonly servingCostPerDay?: number;
  readonly fixed?: Readonly<Record<string, number>>;
  readonly shareOfValue?: Readonly<Record<string, number>>;
}

/** The settings with what was told instead; raises OPTION_INVALID by flag and remedy. */
export function withOverrides(settings: ShopSettings, told: Overrides): ShopSettings {
  const { margin, servingCostPerDay, fixed = {}, shareOfValue = {} } = told;
  if (margin !== undefined && !(margin > 0 && margin <= 1))
    throw new TillcastError('OPTION_INVALID', `--margin is ${margin}; give a share of the price above 0 and at most 1`);
  if (servingCostPerDay !== undefined && !(servingCostPerDay >= 0 && Number.isFinite(servingCostPerDay)))
    throw new TillcastError('OPTION_INVALID', `--serving-cost-per-day is ${servingCostPerDay}; give an amount from 0`);
  const treatmentCosts = new Map(settings.treatmentCosts);
  for (const name of new Set([...Object.keys(fixed), ...Object.keys(shareOfValue)])) {
    const known = treatmentCosts.get(name) ?? free;
    const cost = { fixed: fixed[name] ?? known.fixed, shareOfValue: shareOfValue[name] ?? known.shareOfValue };
    if (!(cost.fixed >= 0 && Number.isFinite(cost.fixed)))
      throw new TillcastError('OPTION_INVALID', `--treatment-cost ${name} is ${cost.fixed}; give an amount from 0`);
    if (!(cost.shareOfValue >= 0 && cost.shareOfValue <= 1))
      throw new TillcastError('OPTION_INVALID', `--discount ${name} is ${cost.shareOfValue}; give a share from 0 to 1`);
    treatmentCosts.set(name, cost);
  }
  return {
    ...{ ...settings, treatmentCosts },
    ...(margin === undefined ? {} : { margin }),
    ...(servingCostPerDay === undefined ? {} : { servingCostPerDay }),
  };
}
