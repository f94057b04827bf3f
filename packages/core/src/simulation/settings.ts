import { TillcastError } from '../errors/tillcast-error.ts';

/** What can be made to change in mid-stream, from the start of day `fromDay` (0 = the first day) on. */
export interface Drift {
  /**
   * `conversion`: the odds of putting an item into the cart are multiplied by `factor`;
   * `category_mix`: the share `factor` (0–1) of all visits moves to categories that few people visited before;
   * `price_level`: every price is multiplied by `factor` while budgets stay.
   */
  readonly kind: (typeof driftKinds)[number];
  readonly fromDay: number;
  readonly factor: number;
}

/** The drifts that can be asked for. */
export const driftKinds = ['conversion', 'category_mix', 'price_level'] as const;

/** What a synthetic shop is made of; everything beside the first three has a default (see `shopSettings`). */
export interface ShopSettings {
  /** People, known and anonymous, who visit now and then. */
  readonly shoppers: number;
  /** How long the stream runs, a hundred years at most; `Infinity` never ends. A shorter run is a prefix of a longer one. */
  readonly days: number;
  readonly seed: number;
  /** Midnight UTC of the first day is a good choice. Default: Monday 2025-01-06. */
  readonly startMs?: number;
  /** Hours, weekdays and sales follow UTC. */
  readonly timeZone?: 'UTC';
  /** Products on the shelf at any time. Default: four a shopper, at least 4,000 and at most 60,000. */
  readonly items?: number;
  /** Mean visits a shopper and day. Default 0.4; some come daily, many hardly ever. */
  readonly visitsPerDay?: number;
  /** Share of shoppers who are never known by name. Default 0.3. */
  readonly anonymousShare?: number;
  /** Share of shoppers who arrive anonymous and log in during some visits. Default 0.1. */
  readonly logInShare?: number;
  /** Share of sessions that are a bot's. Default 0.003, about 2 % of the events. */
  readonly botsShare?: number;
  /** Share of sessions whose cart and checkout events reach us. Default 0.95; the early REES46 data had about a third. */
  readonly cartTrackedShare?: number;
  /** Share of events that reach us seconds to half an hour late. Default 0.01; the others take a fraction of a second. */
  readonly lateShare?: number;
  /** Share of purchases sent back days later. Default 0.08, more for clothes. */
  readonly refundShare?: number;
  /** Share of products without a category. Default 0.3. */
  readonly unknownCategoryShare?: number;
  /** Share of products without a brand. Default 0.17. */
  readonly unknownBrandShare?: number;
  /** Days from one sale's start to the next. Default 14; `Infinity` = no sales. */
  readonly saleEveryDays?: number;
  readonly drift?: Drift;
}

/** Settings with nothing left open. */
export type FullSettings = Required<Omit<ShopSettings, 'drift'>> & Pick<ShopSettings, 'drift'>;

/** Fills in the defaults and refuses what no shop can be made of, naming field, value and remedy. */
export function shopSettings(settings: ShopSettings): FullSettings {
  const full: FullSettings = { ...defaults(settings), ...given(settings) };
  whole('shoppers', full.shoppers, 1, 5_000_000);
  whole('items', full.items, 500, 1_000_000);
  if (!(full.days > 0 && (full.days <= 36_500 || full.days === Number.POSITIVE_INFINITY)))
    refuse('days', full.days, 'a number above 0, at most 36500 (a hundred years)');
  if (!Number.isSafeInteger(full.seed)) refuse('seed', full.seed, 'a whole number');
  whole('startMs', full.startMs, 0, Date.UTC(2200, 0));
  if (full.timeZone !== 'UTC') refuse('timeZone', full.timeZone, 'UTC, the only one the simulation knows');
  if (!(full.visitsPerDay > 0 && full.visitsPerDay <= 5))
    refuse('visitsPerDay', full.visitsPerDay, 'a number above 0, at most 5');
  if (!(full.saleEveryDays >= 7)) refuse('saleEveryDays', full.saleEveryDays, 'a number of days from 7 on');
  for (const name of shares) share(name, full[name]);
  if (full.botsShare > 0.5) refuse('botsShare', full.botsShare, 'a share of at most 0.5');
  if (full.anonymousShare + full.logInShare > 1)
    refuse('anonymousShare + logInShare', full.anonymousShare + full.logInShare, 'at most 1');
  if (full.drift !== undefined) checkDrift(full.drift);
  return full;
}

/** `KIND@DAY=FACTOR`, such as `conversion@14=0.5`. */
export function parseDrift(text: string): Drift {
  const match = /^([a-z_]{1,32})@(\d{1,9})=(\d{1,9}(?:\.\d{1,9})?)$/.exec(text);
  if (match === null)
    refuse('drift', text, `KIND@DAY=FACTOR with KIND one of ${driftKinds.join(', ')}, such as conversion@14=0.5`);
  const drift = { kind: match[1] as Drift['kind'], fromDay: Number(match[2]), factor: Number(match[3]) };
  checkDrift(drift);
  return drift;
}

const shares = [
  'anonymousShare',
  'logInShare',
  'botsShare',
  'cartTrackedShare',
  'lateShare',
  'refundShare',
  'unknownCategoryShare',
  'unknownBrandShare',
] as const;

const defaults = ({ shoppers }: ShopSettings) => ({
  startMs: Date.UTC(2025, 0, 6),
  timeZone: 'UTC' as const,
  items: Math.min(60_000, Math.max(4_000, 4 * shoppers)),
  visitsPerDay: 0.4,
  anonymousShare: 0.3,
  logInShare: 0.1,
  botsShare: 0.003,
  cartTrackedShare: 0.95,
  lateShare: 0.01,
  refundShare: 0.08,
  unknownCategoryShare: 0.3,
  unknownBrandShare: 0.17,
  saleEveryDays: 14,
});

/** Fields set to undefined count as absent. */
const given = (settings: ShopSettings): ShopSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as unknown as ShopSettings;

function checkDrift({ kind, fromDay, factor }: Drift): void {
  if (!driftKinds.includes(kind)) refuse('drift', kind, `one of ${driftKinds.join(', ')}`);
  if (!(fromDay >= 0)) refuse('drift.fromDay', fromDay, 'a day from 0 on');
  if (kind === 'category_mix') share('drift.factor', factor);
  else if (!(factor >= 0.1 && factor <= 10)) refuse('drift.factor', factor, 'a factor between 0.1 and 10');
}

function whole(field: string, value: number, low: number, high: number): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) refuse(field, value, `a whole number from ${low} to ${high}`);
}

function share(field: string, value: number): void {
  if (!(value >= 0 && value <= 1)) refuse(field, value, 'a share from 0 to 1');
}

function refuse(field: string, value: unknown, remedy: string): never {
  throw new TillcastError('OPTION_INVALID', `simulate: ${field} is ${String(value)}; give ${remedy}`);
}
