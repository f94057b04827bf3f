import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { logOddsOf, probabilityOf } from '@tillcast/core/scoring/log-odds';
import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import { normal } from '@tillcast/core/simulation/distributions';
import { openRandom } from '@tillcast/core/simulation/random';
import { afterAll } from 'vitest';
import type { Access } from '../../apps/server/src/http/auth/guard.ts';
import type { Role } from '../../apps/server/src/http/auth/permissions.ts';
import { mintToken, tokenVerifier } from '../../apps/server/src/http/auth/tokens.ts';
import { toyBundle } from '../../apps/server/test/toys/toy-bundle.ts';
import { toyRegistry } from '../../apps/server/test/toys/toy-registry.ts';
import { fridayEvening, openToyService } from '../../apps/server/test/toys/toy-service.ts';

const dayMs = 86_400_000;
const at = (ms: number): string => new Date(ms).toISOString();
const consoleFolder = join(import.meta.dirname, '..', '..', 'apps', 'console', 'dist');

/** A shop that says what it earns and what its offers cost. */
const shop: ShopSettings = {
  ...{ ...noSettings, currency: 'EUR', margin: 0.5, servingCostPerDay: 1 },
  treatmentCosts: new Map([
    ['free-delivery', { fixed: 0.05, shareOfValue: 0.05 }],
    ['coupon10', { fixed: 0.02, shareOfValue: 0.1 }],
  ]),
};

/** Opens a service with the built console on a free port of this machine, on a clock of its own; with a secret it is closed, and `tokenOf` makes tokens. */
export async function openShop({ secret }: { secret?: Uint8Array } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'tillcast-console-shop-'));
  const folders = { history: join(root, 'segments'), people: join(root, 'segment-members') };
  let now = () => fridayEvening;
  const access: Access =
    secret === undefined ? { kind: 'open' } : { kind: 'tokens', verify: tokenVerifier({ kind: 'secret', secret }, () => now()) };
  const service = await openToyService({
    ...{ access, models: toyRegistry([toyBundle('v1')]) },
    settings: { consoleFolder, shop, segmentation: { folders, allowed: new Set<string>(), everyMs: 0 } },
  });
  now = () => service.clock.nowMs;
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const url = await service.app.listen({ port: 0, host: '127.0.0.1' });
  const tokenOf = (role: Role): Promise<string> => mintToken(secret ?? new Uint8Array(), role, service.clock.nowMs);
  const headers = async () => (secret === undefined ? {} : { authorization: `Bearer ${await tokenOf('operator')}` });
  const post = async (path: string, payload: unknown) =>
    service.app.inject({ method: 'POST', url: path, payload: payload as object, headers: await headers() });
  return { ...service, url, post, tokenOf };
}
type Shop = Awaited<ReturnType<typeof openShop>>;

async function sent(shop: Shop, path: string, body: unknown) {
  const answer = await shop.post(path, body);
  if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.body}`);
  return answer.json();
}

const offer = (name: string) => ({ name, treatment: { kind: 'offer', id: name } });

/** The experiments of the shop, and how often whoever meets a variant buys. */
const experiments = [
  {
    config: {
      ...{ experiment_id: 'free-delivery', description: 'Does free delivery bring more than it costs?' },
      ...{ variants: ['plain', offer('free-delivery')], guardrails: [{ metric: 'revenue', max_drop: 0.05 }] },
      ...{ holdout: { name: 'global', share: 0.3 }, minimum_run: { days: 7 } },
    },
    chances: { plain: 0.15, 'free-delivery': 0.5 } as Record<string, number>,
  },
  {
    config: { experiment_id: 'coupon-banner', variants: ['none', offer('coupon10')], analysis: { minimum_lift: 0.1 } },
    chances: { none: 0.12, coupon10: 0.13 } as Record<string, number>,
  },
];

/** Lets devices meet the experiments over days and buy, through the API. */
export async function runExperiments(shop: Shop, { days = 21, perDay = 60 } = {}): Promise<void> {
  const random = openRandom('console');
  for (const { config } of experiments) {
    await sent(shop, '/v1/experiments', config);
    await sent(shop, `/v1/experiments/${config.experiment_id}/start`, { why: 'to know' });
  }
  await sent(shop, '/v1/experiments', {
    experiment_id: 'checkout-2027',
    variants: ['old', 'new'],
    description: 'One page or three?',
  });
  const start = shop.clock.nowMs;
  const events: object[] = [];
  for (let n = 0; n < days * perDay; n++) {
    shop.clock.nowMs = start + Math.floor((n / perDay) * dayMs);
    for (const { config, chances } of experiments) {
      const device = `${config.experiment_id}-${n}`;
      const { variant } = await sent(shop, `/v1/experiments/${config.experiment_id}/exposures`, { anonymous_id: device });
      if (random.uniform() >= (chances[variant ?? ''] ?? 0.12)) continue;
      const value = 20 + Math.round(40 * random.uniform());
      events.push({
        ...{ event_id: `b-${device}`, event: 'purchase', anonymous_id: device, event_time: at(shop.clock.nowMs + 1_000) },
        ...{ transaction_id: `t-${device}`, value, currency: 'EUR', items: [{ item_id: 'p', price: value, quantity: 1 }] },
      });
    }
  }
  shop.clock.nowMs = start + (days + 2) * dayMs;
  for (let from = 0; from < events.length; from += 1_000) await sent(shop, '/v1/events', events.slice(from, from + 1_000));
}

/** Stops an experiment whose one arm has lost units on the way. */
export async function runLosingExperiment(shop: Shop): Promise<void> {
  await sent(shop, '/v1/experiments', { experiment_id: 'new-search', variants: ['old', 'new'] });
  await sent(shop, '/v1/experiments/new-search/start', {});
  for (let n = 0; n < 500; n++) await sent(shop, '/v1/experiments/new-search/exposures', { anonymous_id: `s-${n}` });
  // Asking writes the exposures that wait.
  await shop.get('/v1/experiments/new-search/results');
  const lost: string[] = [];
  for await (const page of shop.stores.exposures.read({ tenant: 'default', experimentId: 'new-search' }))
    for (const { variant, key } of page) if (variant === 'new') lost.push(key);
  for (const key of lost.slice(0, lost.length / 2)) await shop.stores.exposures.erase('default', key);
  shop.clock.nowMs += 2 * dayMs;
  await sent(shop, '/v1/experiments/new-search/stop', { why: 'units are missing' });
}

/** Takes stock on several nights; between the last two, those who had put something into the cart buy. */
export async function takeStock(shop: Shop, { shoppers = 120, nights = 4 } = {}): Promise<void> {
  const random = openRandom('segments');
  const event = (id: string, name: string, user: string, ms: number) => ({
    ...{ event_id: id, event: name, user_id: user, session_id: `s-${user}-${Math.floor(ms / dayMs)}`, event_time: at(ms) },
    items: [{ item_id: 'shoe', category: 'shoes', price: 60, quantity: 1 }],
    ...(name === 'purchase' ? { transaction_id: id, value: 60, currency: 'EUR' } : {}),
  });
  for (let night = 0; night < nights; night++) {
    const now = shop.clock.nowMs;
    const visits = Array.from({ length: shoppers }, (_, n) => n).filter((n) => n % nights <= night);
    const past = visits.flatMap((n) =>
      night === 0 && n % 3 !== 0
        ? [event(`o-${n}`, 'purchase', `u${n}`, now - Math.floor(220 * random.uniform() + 1) * dayMs)]
        : [],
    );
    const here = visits.flatMap((n) => [
      event(`v-${night}-${n}`, 'view_item', `u${n}`, now - 600_000),
      ...(n % 2 === 0 ? [event(`c-${night}-${n}`, 'add_to_cart', `u${n}`, now - 500_000)] : []),
    ]);
    await sent(shop, '/v1/events', [...past, ...here]);
    await shop.segments!.run();
    shop.clock.nowMs = now + 3_600_000;
    const bought = visits.filter((n) => random.uniform() < (n % 2 === 0 ? 0.4 : 0.03));
    await sent(
      shop,
      '/v1/events',
      bought.map((n) => event(`p-${night}-${n}`, 'purchase', `u${n}`, shop.clock.nowMs - 60_000)),
    );
    shop.clock.nowMs = now + 3 * dayMs;
  }
}

const recordOf = (n: number, logOdds: number, nowMs: number): PredictionRecord => ({
  ...{ tenant: 'default', predictionId: `p${n}`, shopper: `u:v${n % 500}`, userId: `v${n % 500}`, sessionId: `s${n}` },
  ...{ itemId: 'shoe', category: ['shoes.boots', 'books', 'toys'][n % 20 === 0 ? 2 : n % 2]!, price: 40, target: 'item' },
  ...{ horizonMs: dayMs, askedAtMs: nowMs + n, asOfMs: nowMs + n, rung: 'behavioural', degraded: [] },
  model: { name: 'item', version: 'v1', alias: 'champion', contentHash: 'abc' },
  columns: { hash: 'c1', names: ['price', 'shopper_visits'] },
  ...{ row: Float32Array.of(40, n < 500 ? 1 : 2), probability: probabilityOf(logOdds), logOdds, agreement: 0.9 },
  ...{ latencyUs: 100, cacheHit: false },
});

/** Predictions as they were served, with what became of them; in every second category the scores are noise. */
export async function servePredictions(shop: Shop, rows = 1_200): Promise<void> {
  const random = openRandom('served');
  const asked = shop.clock.nowMs;
  const scores = Array.from({ length: rows }, () => logOddsOf(0.15) + 1.3 * normal(random));
  const bought = scores.map((z, n) => random.uniform() < probabilityOf(n % 2 === 0 ? logOddsOf(0.2) : z));
  const { log } = shop.predictions;
  const devices = Array.from({ length: 500 }, (_, n) => ({
    ...{ event_id: `e${n}`, event: 'view_item', user_id: `v${n}`, session_id: `s${n}`, event_time: at(asked - 1_000) },
    ...{ context: { device: n % 3 === 0 ? 'mobile' : 'desktop', utm_source: n % 2 === 0 ? 'newsletter' : 'search' } },
    items: [{ item_id: 'shoe', quantity: 1 }],
  }));
  await sent(shop, '/v1/events', devices);
  await log.append(scores.map((z, n) => recordOf(n, z, asked)));
  await log.decide(
    bought.map((isBuyer, n) => ({
      ...{ tenant: 'default', predictionId: `p${n}`, revision: 0, upon: 0 },
      label: {
        ...{ version: 1, label: isBuyer ? (1 as const) : (0 as const), labelNet: isBuyer ? (1 as const) : (0 as const) },
        ...{ netFinal: false, decidedAtMs: asked + dayMs + rows, because: 'closed' as const },
      },
    })),
  );
  shop.clock.nowMs = asked + 2 * dayMs;
}
