import type { Tellings } from '@tillcast/core/ports/tellings';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryExperimentStore } from '@tillcast/stores/memory/experiment-store';
import { memoryExposureLog } from '@tillcast/stores/memory/exposure-log';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { openOwnBus, openOwnHotState } from '../../src/compose.ts';
import type { Access } from '../../src/http/auth/guard.ts';
import type { ServiceSettings } from '../../src/serving/service/parts.ts';
import { openService } from '../../src/serving/service.ts';
import { toyRegistry } from './toy-registry.ts';

/** A Friday, 18:30 UTC. */
export const fridayEvening = Date.parse('2026-11-20T18:30:00.000Z');

/** The whole service on memory and toys, without a port; closed after the file's tests. */
export async function openToyService({
  models = toyRegistry(),
  access = { kind: 'open' } as Access,
  eventLog = memoryEventLog(),
  deadLetters = memoryDeadLetters(),
  catalogue = memoryItemCatalogue(),
  suppressions = memorySuppressions(),
  predictions = { log: memoryPredictionLog(), recent: memoryRecentPredictions() },
  experiments = { store: memoryExperimentStore(), exposures: memoryExposureLog() },
  openHotState = openOwnHotState,
  bus = openOwnBus(),
  tellings = undefined as Tellings | undefined,
  settings = {} as ServiceSettings,
  logTo = undefined as { write(line: string): void } | undefined,
} = {}) {
  const clock = { nowMs: fridayEvening };
  const log = logTo === undefined ? pino({ level: 'silent' }) : pino({ level: 'error' }, logTo);
  const service = await openService(
    {
      registry: models.registry,
      eventLog,
      deadLetters,
      catalogue,
      suppressions,
      predictions,
      experiments,
      openHotState,
      bus,
      tellings,
      access,
      log,
    },
    { now: () => clock.nowMs, watchEveryMs: 0, labelEveryMs: 0, ...settings },
  );
  afterAll(async () => {
    await service.app.close();
    await service.champions.close();
  });
  const { app } = service;
  const post = (url: string, payload: unknown) => app.inject({ method: 'POST', url, payload: payload as object });
  const get = (url: string) => app.inject({ method: 'GET', url });
  return {
    ...service,
    stores: experiments,
    clock,
    models,
    eventLog,
    deadLetters,
    catalogue,
    suppressions,
    predictions,
    post,
    get,
  };
}

/** A whole, consistent question at `fridayEvening`. */
export const question = (over: Record<string, unknown> = {}) => ({
  user_id: 'ana',
  session_id: 's1',
  product_id: 'p1',
  category_code: 'electronics.smartphone',
  brand: 'acme',
  price: 120,
  hour: 18,
  day_of_week: 4,
  is_weekend: 0,
  ...over,
});

/** An event as a shop sends it, a number of seconds before `fridayEvening`. */
export const wireEvent = (id: string, event: string, over: Record<string, unknown> = {}, secondsBefore = 60) => ({
  event_id: id,
  event,
  event_time: new Date(fridayEvening - secondsBefore * 1_000).toISOString(),
  user_id: 'ana',
  session_id: 's1',
  items: [{ item_id: 'p1', category: 'electronics.smartphone', brand: 'acme', price: 120, quantity: 1 }],
  ...over,
});
