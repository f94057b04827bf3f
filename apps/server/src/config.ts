import { existsSync, readFileSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseDuration } from '@tillcast/core/learning/duration';
import { parseShopSettings } from '@tillcast/core/shop/parse-settings';
import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import { parse } from 'yaml';

/** What `tillcast serve` can be told; secrets are read elsewhere and never from a file of settings. */
export interface ServeConfig {
  readonly port: number;
  readonly host: string;
  readonly open: boolean;
  readonly shop: ShopSettings;
  readonly rules: string | undefined;
  readonly segments: string | undefined;
  /** Local minutes after midnight at which stock of segments is taken; null = not by this server. */
  readonly segmentsAt: number | null | undefined;
  /** The most that the process which takes stock may take, MiB. */
  readonly segmentsMemoryMb: number;
  /** Age at which lifetime value is learnt anew with a stock, ms; null = by command alone. */
  readonly lifetimeRefitMs: number | null;
  readonly language: string | undefined;
  readonly trafficRules: string | undefined;
  readonly timeZone: string | undefined;
  readonly sessionGapMs: number | undefined;
  readonly corsOrigins: readonly string[];
  readonly logLevel: string;
  /** Requests a second that one credential may make; 0 = as many as it likes. */
  readonly rateLimit: number;
  /** How long a server that is told to stop still takes requests in, so that balancers notice, ms. */
  readonly drainDelayMs: number;
  /** Memory for what features remember of shoppers and items, MiB. */
  readonly stateMemoryMb: number;
  readonly eventRetentionDays: number | undefined;
  readonly databaseBudgetMs: number | undefined;
  readonly predictionRetentionMs: number | undefined;
  readonly refundWindowMs: number | undefined;
}

type Values = Readonly<Record<string, unknown>>;

const defaultPort = 8_080;
const dayMs = 86_400_000;
export const defaultRateLimit = 5_000;
/** With it a server takes less than 512 MB in all (docs/adr/0021-bounded-memory.md). */
export const defaultStateMemoryMb = 40;
/** The most that the process which takes stock of segments may take, MiB: some six million shoppers. */
export const defaultSegmentsMemoryMb = 3_072;
export const defaultLifetimeRefitMs = 7 * dayMs;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
/** Each setting: its name in tillcast.yaml and its variable; a flag of the same meaning wins over both. */
const settings = {
  port: 'PORT',
  host: 'TILLCAST_HOST',
  open: 'TILLCAST_OPEN',
  rules: 'TILLCAST_RULES',
  segments: 'TILLCAST_SEGMENTS',
  segments_at: 'TILLCAST_SEGMENTS_AT',
  segments_memory_mb: 'TILLCAST_SEGMENTS_MEMORY_MB',
  lifetime_refit_days: 'TILLCAST_LIFETIME_REFIT_DAYS',
  language: 'TILLCAST_LANGUAGE',
  traffic_rules: 'TILLCAST_TRAFFIC_RULES',
  time_zone: 'TILLCAST_TIME_ZONE',
  session_gap_ms: 'TILLCAST_SESSION_GAP_MS',
  cors_origins: 'TILLCAST_CORS_ORIGINS',
  log_level: 'LOG_LEVEL',
  rate_limit: 'TILLCAST_RATE_LIMIT',
  drain_delay_ms: 'TILLCAST_DRAIN_DELAY_MS',
  state_memory_mb: 'TILLCAST_STATE_MEMORY_MB',
  event_retention_days: 'TILLCAST_EVENT_RETENTION_DAYS',
  database_budget_ms: 'TILLCAST_DATABASE_BUDGET_MS',
  prediction_retention_days: 'TILLCAST_PREDICTION_RETENTION_DAYS',
  refund_window: 'TILLCAST_REFUND_WINDOW',
} as const;
type Setting = keyof typeof settings;

const invalid = (name: string, value: unknown, need: string): never => {
  throw new TillcastError('OPTION_INVALID', `${name} is ${JSON.stringify(value)}; it must be ${need}`);
};

function wholeNumber(name: string, value: unknown, low: number, high: number, need = 'a whole number'): number {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number >= low && number <= high
    ? number
    : invalid(name, value, `${need} from ${low} to ${high}`);
}

const text = (name: string, value: unknown): string =>
  typeof value === 'string' && value !== '' ? value : invalid(name, value, 'a text');

function flag(name: string, value: unknown): boolean {
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  return invalid(name, value, 'true or false');
}

/** Minutes after midnight; null = off. YAML takes 03:00 for a number in base 60, and `off` for false. */
function timeOfDay(name: string, value: unknown): number | null {
  if (value === 'off' || value === false) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1_440) return value;
  const [, hour, minute] = (typeof value === 'string' && /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value)) || [];
  return hour === undefined ? invalid(name, value, 'a time such as 03:00, or off') : Number(hour) * 60 + Number(minute);
}

/** Days as milliseconds; null = off. */
const daysOrOff = (name: string, value: unknown): number | null =>
  value === 'off' || value === false ? null : wholeNumber(name, value, 1, 3_650, '"off", or a whole number of days') * dayMs;

function language(name: string, value: unknown): string {
  try {
    return Intl.getCanonicalLocales(text(name, value))[0]!;
  } catch {
    return invalid(name, value, 'a language such as en or de-AT');
  }
}

function duration(name: string, value: unknown): number {
  try {
    return parseDuration(text(name, value));
  } catch {
    return invalid(name, value, 'an ISO 8601 duration such as P14D');
  }
}

function origins(name: string, value: unknown): readonly string[] {
  const list = typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value;
  if (!Array.isArray(list)) return invalid(name, value, 'a list of origins');
  return list.map((origin: unknown) =>
    typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin
      ? origin
      : invalid(name, origin, 'an origin such as https://shop.example'),
  );
}

/** The settings of `tillcast.yaml` in a folder; none where there is no such file. */
export function readSettingsFile(file = 'tillcast.yaml'): Values {
  if (!existsSync(file)) return {};
  const data: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 16 });
  if (data === null) return {};
  if (typeof data !== 'object' || Array.isArray(data))
    throw new TillcastError('INPUT_INVALID', `${file} must be a mapping of settings`);
  const stranger = Object.keys(data).find((key) => !Object.hasOwn(settings, key) && key !== 'shop');
  if (stranger !== undefined)
    throw new TillcastError(
      'INPUT_INVALID',
      `${file}: ${stranger} is no setting; those are ${[...Object.keys(settings), 'shop'].join(', ')}`,
    );
  return data as Values;
}

/** What the shop says of itself in `tillcast.yaml`; nothing where it says nothing. */
export const readShopSettings = (file: Values = readSettingsFile()): ShopSettings =>
  file.shop === undefined ? noSettings : parseShopSettings(file.shop, 'tillcast.yaml: shop');

/** When lifetime value is learnt anew with a stock: the environment, then `tillcast.yaml`, then a week. */
export function readRefit(
  file: Values,
  env: Readonly<Record<string, string | undefined>>,
): { readonly lifetimeRefitMs: number | null } {
  const variable = settings.lifetime_refit_days;
  if (env[variable] !== undefined) return { lifetimeRefitMs: daysOrOff(variable, env[variable]) };
  const own = file.lifetime_refit_days;
  return { lifetimeRefitMs: own === undefined ? defaultLifetimeRefitMs : daysOrOff('tillcast.yaml: lifetime_refit_days', own) };
}

/** Settings of `serve`: flags, then the environment, then `tillcast.yaml`, then the defaults. */
export function readServeConfig(
  flags: Partial<Record<Setting, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
  file: Values,
): ServeConfig {
  const given = <T>(name: Setting, read: (name: string, value: unknown) => T): T | undefined => {
    if (flags[name] !== undefined) return read(`--${name.replaceAll('_', '-')}`, flags[name]);
    if (env[settings[name]] !== undefined) return read(settings[name], env[settings[name]]);
    return file[name] === undefined ? undefined : read(`tillcast.yaml: ${name}`, file[name]);
  };
  return {
    port: given('port', (name, value) => wholeNumber(name, value, 0, 65_535)) ?? defaultPort,
    host: given('host', text) ?? '127.0.0.1',
    open: given('open', flag) ?? false,
    shop: readShopSettings(file),
    rules: given('rules', text),
    segments: given('segments', text),
    segmentsAt: given('segments_at', timeOfDay),
    segmentsMemoryMb:
      given('segments_memory_mb', (name, value) => wholeNumber(name, value, 64, 262_144)) ?? defaultSegmentsMemoryMb,
    ...readRefit(file, env),
    language: given('language', language),
    trafficRules: given('traffic_rules', text),
    timeZone: given('time_zone', text),
    sessionGapMs: given('session_gap_ms', (name, value) => wholeNumber(name, value, 1_000, 86_400_000)),
    corsOrigins: given('cors_origins', origins) ?? [],
    rateLimit: given('rate_limit', (name, value) => wholeNumber(name, value, 0, 1_000_000)) ?? defaultRateLimit,
    drainDelayMs: given('drain_delay_ms', (name, value) => wholeNumber(name, value, 0, 600_000)) ?? 0,
    stateMemoryMb: given('state_memory_mb', (name, value) => wholeNumber(name, value, 16, 65_536)) ?? defaultStateMemoryMb,
    logLevel:
      given('log_level', (name, value) =>
        logLevels.includes(String(value)) ? String(value) : invalid(name, value, logLevels.join(', ')),
      ) ?? 'info',
    eventRetentionDays: given('event_retention_days', (name, value) => wholeNumber(name, value, 1, 36_500)),
    databaseBudgetMs: given('database_budget_ms', (name, value) => wholeNumber(name, value, 10, 60_000)),
    predictionRetentionMs: given('prediction_retention_days', (name, value) => wholeNumber(name, value, 1, 36_500) * dayMs),
    refundWindowMs: given('refund_window', duration),
  };
}
