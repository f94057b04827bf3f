import { TillcastError } from '../errors/tillcast-error.ts';
import { show } from '../events/problems.ts';
import { type Fields, isFields } from '../events/read-field.ts';
import type { Days, Rate, ShopSettings, TreatmentCost } from './settings.ts';

const refuse = (at: string, what: string): never => {
  throw new TillcastError('INPUT_INVALID', `${at}: ${what}`);
};

const maxEntries = 1_000;

function asFields(value: unknown, at: string, known?: readonly string[]): Fields {
  if (!isFields(value)) return refuse(at, `must be a mapping, not ${show(value)}`);
  if (Object.keys(value).length > maxEntries) refuse(at, `holds more than ${maxEntries} entries`);
  const stranger = known && Object.keys(value).find((key) => !known.includes(key));
  return stranger === undefined ? value : refuse(`${at}.${stranger}`, `is no setting; those are ${known!.join(', ')}`);
}

const asList = (value: unknown, at: string): readonly unknown[] =>
  Array.isArray(value) && value.length <= maxEntries
    ? value
    : refuse(at, `must be a list of at most ${maxEntries}, not ${show(value)}`);

const asNumber = (value: unknown, at: string, isGood: (value: number) => boolean, need: string): number =>
  typeof value === 'number' && Number.isFinite(value) && isGood(value)
    ? value
    : refuse(at, `must be ${need}, not ${show(value)}`);

const asName = (value: unknown, at: string): string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 100
    ? value.trim()
    : refuse(at, `must be a name of at most 100 characters, not ${show(value)}`);

const asCurrency = (value: unknown, at: string): string =>
  typeof value === 'string' && /^[A-Z]{3}$/.test(value)
    ? value
    : refuse(at, `must be three capital letters of ISO 4217 such as EUR, not ${show(value)}`);

function asTimeZone(value: unknown, at: string): string {
  try {
    if (typeof value === 'string') return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone && value;
  } catch {
    // Told below.
  }
  return refuse(at, `must be the IANA name of a time zone such as Europe/Berlin, not ${show(value)}`);
}

/** A day of the calendar; YAML may have made a date of it. */
function asDay(value: unknown, at: string): string {
  const text = value instanceof Date ? value.toISOString().slice(0, 10) : value;
  const isDay = typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text) && isOfCalendar(text);
  return isDay ? (text as string) : refuse(at, `must be a day such as 2026-12-25, not ${show(value)}`);
}

const isOfCalendar = (day: string): boolean => {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
};

function asDays(value: unknown, at: string): Days {
  const { name, date, from, until } = asFields(value, at, ['name', 'date', 'from', 'until']);
  if ((date === undefined) === (from === undefined && until === undefined)) refuse(at, 'needs either date, or from and until');
  const first = asDay(date ?? from, date === undefined ? `${at}.from` : `${at}.date`);
  const last = asDay(date ?? until, `${at}.until`);
  if (last < first) refuse(`${at}.until`, `${last} lies before from, ${first}; exchange them`);
  return { name: asName(name, `${at}.name`), from: first, until: last };
}

const positive = (value: number): boolean => value > 0;

function asRates(value: unknown, at: string): readonly Rate[] {
  if (!Array.isArray(value))
    return [{ fromMs: Number.NEGATIVE_INFINITY, rate: asNumber(value, at, positive, 'a number above 0') }];
  const rates = value.map((entry: unknown, index): Rate => {
    const { from, rate } = asFields(entry, `${at}[${index}]`, ['from', 'rate']);
    const day = asDay(from, `${at}[${index}].from`);
    return { fromMs: Date.parse(`${day}T00:00:00Z`), rate: asNumber(rate, `${at}[${index}].rate`, positive, 'a number above 0') };
  });
  return rates.length === 0
    ? refuse(at, 'is an empty list; give a number, or entries of from and rate')
    : rates.sort((a, b) => a.fromMs - b.fromMs);
}

function asCost(value: unknown, at: string): TreatmentCost {
  const isCost = (cost: number): boolean => cost >= 0;
  if (!isFields(value))
    return { fixed: asNumber(value, at, isCost, 'a number from 0, or a mapping of fixed and share_of_value'), shareOfValue: 0 };
  const { fixed = 0, share_of_value = 0 } = asFields(value, at, ['fixed', 'share_of_value']);
  return {
    fixed: asNumber(fixed, `${at}.fixed`, isCost, 'a number from 0'),
    shareOfValue: asNumber(share_of_value, `${at}.share_of_value`, (share) => share >= 0 && share <= 1, 'a share from 0 to 1'),
  };
}

const known = [
  'timezone',
  'currency',
  'rates',
  'holidays',
  'sales',
  'treatment_costs',
  'margin',
  'serving_cost_per_day',
  'discounts_in_prices',
] as const;

/** What only the ledger asks for. */
function asLedger({ serving_cost_per_day: serving, discounts_in_prices: paid }: Fields, at: string) {
  if (paid !== undefined && typeof paid !== 'boolean')
    refuse(`${at}.discounts_in_prices`, `must be true or false, not ${show(paid)}`);
  return {
    ...(serving === undefined
      ? {}
      : { servingCostPerDay: asNumber(serving, `${at}.serving_cost_per_day`, (cost) => cost >= 0, 'an amount from 0') }),
    ...(typeof paid === 'boolean' ? { discountsInPrices: paid } : {}),
  };
}

/** Reads what a shop says of itself (`shop:` in tillcast.yaml) from plain data; INPUT_INVALID names field, value and remedy. */
export function parseShopSettings(value: unknown, at = 'shop'): ShopSettings {
  const fields = asFields(value, at, known);
  const { timezone, currency, rates = {}, holidays = [], sales = [], treatment_costs = {}, margin } = fields;
  const own = currency === undefined ? undefined : asCurrency(currency, `${at}.currency`);
  const table = Object.entries(asFields(rates, `${at}.rates`)).map(
    ([name, rate]) => [asCurrency(name, `${at}.rates.${name}`), asRates(rate, `${at}.rates.${name}`)] as const,
  );
  if (table.length > 0 && own === undefined)
    refuse(`${at}.rates`, `say what a currency is worth in the shop’s own: give ${at}.currency too`);
  if (own !== undefined && table.some(([name]) => name === own))
    refuse(`${at}.rates.${own}`, 'is the shop’s own currency, worth 1; leave it out');
  for (const [field, given] of [
    ['holidays', holidays],
    ['sales', sales],
  ] as const)
    if (asList(given, `${at}.${field}`).length > 0 && timezone === undefined)
      refuse(`${at}.${field}`, `are days of the shop’s time zone: give ${at}.timezone too`);
  const costs = Object.entries(asFields(treatment_costs, `${at}.treatment_costs`));
  const isEarned = (share: number): boolean => share > 0 && share <= 1;
  return {
    ...asLedger(fields, at),
    ...(margin === undefined
      ? {}
      : { margin: asNumber(margin, `${at}.margin`, isEarned, 'a share of the price above 0 and at most 1') }),
    ...(timezone === undefined ? {} : { timeZone: asTimeZone(timezone, `${at}.timezone`) }),
    ...(own === undefined ? {} : { currency: own }),
    rates: new Map(table),
    holidays: asList(holidays, `${at}.holidays`).map((days, index) => asDays(days, `${at}.holidays[${index}]`)),
    sales: asList(sales, `${at}.sales`).map((days, index) => asDays(days, `${at}.sales[${index}]`)),
    treatmentCosts: new Map(
      costs.map(([name, cost]) => [asName(name, `${at}.treatment_costs`), asCost(cost, `${at}.treatment_costs.${name}`)]),
    ),
  };
}
