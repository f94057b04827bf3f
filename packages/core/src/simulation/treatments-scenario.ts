import { TillcastError } from '../errors/tillcast-error.ts';

/** How a coupon works on one kind of shopper; unknown to the shop. */
export interface ShopperType {
  readonly name: string;
  /** Share of all shoppers; the shares of a scenario sum to 1. */
  readonly share: number;
  /** Chance to buy without a coupon, at the type's average shopper. */
  readonly untreated: number;
  /** The same with one. */
  readonly treated: number;
}

/** What the shop sees of a shopper: a monotone function of a normal variable whose mean and spread depend on the type. */
export interface ObservedTrait {
  readonly name: string;
  /** What is shown of z: z itself, e^z, or 1 / (1 + e^−z). */
  readonly shown: 'plain' | 'exp' | 'share';
  /** Mean of z by type, in the order of the types, at signal 1. */
  readonly means: readonly number[];
  /** Standard deviation of z by type. */
  readonly deviations: readonly number[];
  /** Log-odds by which one unit of z above the type's mean moves both chances to buy. */
  readonly pull: number;
}

/** A frozen world of coupons (fixtures/lab): whom a coupon moves, what it costs, and how much of that can be seen. Money in the shop's currency. */
export interface CouponScenario {
  readonly name: string;
  /** Counts changes of the file: figures name the version they were measured on. */
  readonly version: number;
  /** Multiplies the means of all traits: 0 = features tell nothing about the type. */
  readonly signal: number;
  /** Margin of an order before any discount. */
  readonly margin: number;
  /** Discount, paid on every order of a shopper who has the coupon, also on those that would have come without. */
  readonly couponCost: number;
  /** Cost of giving the coupon to one shopper, bought or not. */
  readonly sendCost: number;
  /** Share of the experiment's shoppers who get a coupon. */
  readonly treatedShare: number;
  /** Share of shoppers on whom the running policy goes on exploring. */
  readonly explorationShare: number;
  /** The relative lift the experiment is planned to find; what its size is computed from. */
  readonly plannedLift: number;
  readonly types: readonly ShopperType[];
  readonly traits: readonly ObservedTrait[];
}

const shownAs = ['plain', 'exp', 'share'] as const;

/** Reads a scenario from parsed YAML; what no world can be made of is refused with field, value and remedy. */
export function parseCouponScenario(content: unknown, file: string): CouponScenario {
  const fields = fieldsOf(content, file, file);
  const types = fields.list('types').map((item, i) => parseType(item, `types[${i}]`, file));
  const shares = types.reduce((sum, { share }) => sum + share, 0);
  if (Math.abs(shares - 1) > 1e-9) refuse(file, 'types', `shares that sum to ${shares}`, 'shares that sum to 1');
  return {
    name: fields.text('scenario'),
    version: fields.number('version', 1, 1e6),
    signal: fields.number('signal', 0, 10),
    margin: fields.number('margin', 0, 1e6),
    couponCost: fields.number('coupon_cost', 0, 1e6),
    sendCost: fields.number('send_cost', 0, 1e6),
    treatedShare: fields.number('treated_share', 0.01, 0.99),
    explorationShare: fields.number('exploration_share', 0, 0.5),
    plannedLift: fields.number('planned_lift', 0.001, 10),
    types,
    traits: fields.list('traits').map((item, i) => parseTrait(item, `traits[${i}]`, file, types.length)),
  };
}

function parseType(content: unknown, where: string, file: string): ShopperType {
  const fields = fieldsOf(content, where, file);
  return {
    name: fields.text('name'),
    share: fields.number('share', 1e-6, 1),
    untreated: fields.number('untreated', 1e-6, 0.999),
    treated: fields.number('treated', 1e-6, 0.999),
  };
}

function parseTrait(content: unknown, where: string, file: string, types: number): ObservedTrait {
  const fields = fieldsOf(content, where, file);
  const shown = shownAs.find((one) => one === fields.text('shown'));
  if (shown === undefined) refuse(file, `${where}.shown`, fields.text('shown'), `one of ${shownAs.join(', ')}`);
  return {
    name: fields.text('name'),
    shown,
    means: fields.numbers('means', types, -10, 10),
    deviations: fields.numbers('deviations', types, 0.05, 10),
    pull: fields.number('pull', -5, 5),
  };
}

function fieldsOf(content: unknown, where: string, file: string) {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    refuse(file, where, String(content), 'an object of fields');
  const record = content as Readonly<Record<string, unknown>>;
  const at = (name: string) => (where === file ? name : `${where}.${name}`);
  const checked = (name: string, value: unknown, low: number, high: number): number => {
    if (typeof value !== 'number' || !(value >= low && value <= high))
      refuse(file, at(name), String(value), `a number from ${low} to ${high}`);
    return value;
  };
  return {
    number: (name: string, low: number, high: number): number => checked(name, record[name], low, high),
    text(name: string): string {
      const value = record[name];
      if (typeof value !== 'string' || value === '') refuse(file, at(name), String(value), 'a text');
      return value;
    },
    list(name: string): readonly unknown[] {
      const value = record[name];
      if (!Array.isArray(value) || value.length === 0) refuse(file, at(name), String(value), 'a list with at least one entry');
      return value;
    },
    numbers(name: string, count: number, low: number, high: number): readonly number[] {
      const value = record[name];
      if (!Array.isArray(value) || value.length !== count)
        refuse(file, at(name), String(value), `a list of ${count} numbers, one a type`);
      return value.map((one, i) => checked(`${name}[${i}]`, one, low, high));
    },
  };
}

function refuse(file: string, field: string, value: string, remedy: string): never {
  throw new TillcastError('INPUT_INVALID', `${file}: ${field} is ${value}; give ${remedy}`);
}
