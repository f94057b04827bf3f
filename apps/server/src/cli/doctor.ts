import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { databaseClock, forecastPlace, openEventLog, openModelRegistry, readRedis } from '../compose.ts';
import { readServeConfig, readSettingsFile } from '../config.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { checkClock, checkRedis } from '../doctor/check-redis.ts';
import { checkStateMemory } from '../doctor/check-state-memory.ts';
import { type Finding, finding, findingOf } from '../doctor/finding.ts';
import { checkForecast, type Expected, expectedStates, synthetic } from '../doctor/forecast.ts';
import { measureStates } from '../doctor/measure-states.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';

interface Flags {
  readonly data: string;
  readonly eventsPerDay?: string;
  readonly shoppersPerDay?: string;
  readonly items?: string;
  readonly days: string;
  readonly json?: boolean;
}

/** Events whose states are measured at most. */
const sampled = 200_000;
const dayMs = 86_400_000;

function amount(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new TillcastError('OPTION_INVALID', `--${name} is ${value}; give a number above 0`);
  return number;
}

async function checkStores(dir: DataDir): Promise<readonly Finding[]> {
  const log = openEventLog(dir);
  try {
    const where = process.env.DATABASE_URL === undefined && process.env.DATABASE_URL_FILE === undefined ? 'SQLite' : 'PostgreSQL';
    await log.check();
    const clock = await databaseClock(process.env);
    return [
      finding('events', `${where} answers, its schema fits, and it holds ${await log.count()} events`),
      ...(clock === undefined ? [] : [checkClock('database clock', Math.round(Math.abs(clock - Date.now())))]),
    ];
  } finally {
    await log.close();
  }
}

async function checkModels(dir: DataDir): Promise<readonly Finding[]> {
  const registry = openModelRegistry(dir);
  const champions = await Promise.all((['item', 'session'] as const).map((model) => registry.resolve(model, 'champion')));
  const named = champions.filter((version) => version !== undefined);
  return [
    finding(
      'models',
      named.length === 0 ? 'no champion' : `champions: ${named.join(', ')}`,
      named.length === 0
        ? { status: 'warn', remedy: 'the prior answers: run tillcast train, then tillcast models promote' }
        : undefined,
    ),
  ];
}

/** Measures the states that the last days left; where these saw nothing, those of the first events there are. */
async function measure(dir: DataDir, days: number) {
  const log = openEventLog(dir);
  async function* some(fromMs: number) {
    let left = sampled;
    for await (const batch of log.read({ order: 'knowable', fromMs })) {
      yield batch.slice(0, left);
      left -= batch.length;
      if (left <= 0) return;
    }
  }
  try {
    const settings = { timeZone: 'UTC' };
    return (
      (await measureStates(some(Math.max(0, Date.now() - days * dayMs)), settings)) ?? (await measureStates(some(0), settings))
    );
  } finally {
    await log.close();
  }
}

async function checkSharing(dir: DataDir, expected: Expected): Promise<readonly Finding[]> {
  const facts = await readRedis(process.env);
  const measured = await measure(dir, expected.daysKept);
  const states = expectedStates(measured ?? synthetic, expected);
  const forecast = { ...forecastPlace(states), shoppers: states.shopper.count, shared: states.shared.count };
  const basis =
    measured === undefined
      ? 'state sizes are those of the synthetic shop: there are no events to measure'
      : `states measured on ${measured.events} events: ${measured.shopperBytes} bytes a shopper, ${measured.sharedBytes} an item, brand or category`;
  return [
    ...(facts === undefined
      ? [finding('redis', 'REDIS_URL is not set: this process serves alone')]
      : checkRedis(facts, Date.now())),
    finding('states', basis),
    ...(facts === undefined
      ? [checkStateMemory(states, expected.daysKept, readServeConfig({}, process.env, readSettingsFile()).stateMemoryMb)]
      : []),
    checkForecast(forecast, expected.daysKept, facts?.maxMemory),
  ];
}

async function run(flags: Flags): Promise<void> {
  const dir = openDataDir(flags.data);
  const expected = {
    eventsPerDay: amount('events-per-day', flags.eventsPerDay),
    shoppersPerDay: amount('shoppers-per-day', flags.shoppersPerDay),
    items: amount('items', flags.items),
    daysKept: amount('days', flags.days)!,
  };
  const findings = [
    ...(await findingOf('machine', async () => checkMachine(dir.root))),
    ...(await findingOf('events', () => checkStores(dir))),
    ...(await findingOf('models', () => checkModels(dir))),
    ...(await findingOf('redis', () => checkSharing(dir, expected))),
  ];
  for (const { check, status, detail } of findings) say(`${status.padEnd(4)}  ${check}: ${detail}`);
  const worst = findings.some(({ status }) => status === 'fail')
    ? 'fail'
    : findings.some(({ status }) => status === 'warn')
      ? 'warn'
      : 'ok';
  if (flags.json === true) printJson({ status: worst, findings });
  if (worst === 'fail') process.exitCode = 1;
}

/** `tillcast doctor`: looks at what a server stands on, and forecasts the memory it will need. */
export const registerDoctor = (program: Command): void =>
  void program
    .command('doctor')
    .description(
      'Look at what a server stands on: versions, schema, disk, clocks, Redis; and forecast the memory that states will need.',
    )
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--events-per-day <number>', 'traffic to forecast for; default: as in the events kept')
    .option('--shoppers-per-day <number>', 'the same in shoppers')
    .option('--items <number>', 'items, brands and categories; default: as in the events kept')
    .option('--days <number>', 'days for which a state is kept after its last event', '35')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
