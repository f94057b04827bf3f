import { openOwnBus } from '../../compose.ts';
import { defaultStateMemoryMb } from '../../config.ts';
import { filledLog } from '../../jobs/filled-log.ts';
import { readLifetime } from '../../segments/lifetime-file.ts';
import { openLocalMinutes } from '../../segments/local-minutes.ts';
import { openSegmentService, type SegmentSettings, type StockTools, type TakeStock } from '../../segments/service.ts';
import { showStocks } from '../../segments/stock-metrics.ts';
import { takeStockInto } from '../../segments/take.ts';
import { takeApart } from '../../segments/take-apart.ts';
import { openSubjectDesk } from '../../subjects/desk.ts';
import type { BatchDesk } from '../batch-desk.ts';
import { openHearNews } from '../hear-news.ts';
import { openNews } from '../news.ts';
import type { Knowing } from './knowing.ts';
import { type ServiceParts, type ServiceSettings, tenant } from './parts.ts';
import type { Remembering } from './remembering.ts';
import type { Scoring } from './scoring.ts';
import type { Trials } from './trials.ts';

/** Opens what is done with people: their groups, what is shown and erased of them, and what other processes are told of it. */
export function openPeople(
  { eventLog, deadLetters, catalogue, predictions, bus = openOwnBus() }: ServiceParts,
  options: ServiceSettings,
  { engine, hot, look, clock, convert, shop, settings, rules, now, metrics, onTrouble }: Knowing,
  { champions, assessor, board }: Scoring,
  { experiments }: Trials,
  { keeping, erased }: Remembering,
  batchDesk: BatchDesk,
) {
  function openTake({ apart, folders, refitAfterMs = null }: SegmentSettings): (tools: StockTools) => TakeStock {
    const { margin } = settings;
    if (apart !== undefined) {
      const { stateMemoryMb = defaultStateMemoryMb } = options;
      return ({ file }) =>
        (folder, nowMs, signal) =>
          takeApart(apart, { folder, nowMs, file, shop: settings, ...shop, stateMemoryMb, refitAfterMs }, signal);
    }
    const reading = { log: filledLog(eventLog, catalogue, convert), ...shop, isErased: erased.has };
    const chances = { engine, champions, assess: assessor.assess, clock, sessionGapMs: shop.sessionGapMs, look };
    const lifetime = () => ({ lifetime: readLifetime(folders.history) });
    return (tools) => (folder, nowMs) => takeStockInto(folder, { ...tools, reading, chances, lifetime, margin }, nowMs);
  }
  const segments =
    options.segmentation &&
    openSegmentService(
      {
        openTake: openTake(options.segmentation),
        ...{ language: options.language, now, onTrouble, onStock: showStocks(metrics.registry) },
        minutesOf: openLocalMinutes(shop.timeZone),
      },
      options.segmentation,
    );
  const forgetHere = async (shopper: string): Promise<void> => {
    board.forget(shopper);
    rules.told?.forget(shopper);
    await rules.told?.forgetEverywhere?.(shopper);
    await segments?.forget(shopper);
    await experiments.erase(shopper);
  };
  const news = openNews({
    bus,
    hear: openHearNews({ erased, keeping, forget: forgetHere, letGo: hot.letGo, refresh: champions.refresh }),
    onTrouble,
  });
  const subjects = openSubjectDesk({
    ...{ log: eventLog, letters: deadLetters, predictions: predictions.log, keeping, erased, engine, look, now },
    async forget(shopper) {
      await forgetHere(shopper);
      await hot.forget(tenant, shopper);
    },
    async refold(shoppers) {
      await hot.refold(tenant, shoppers);
      await news.tell({ kind: 'refolded', tenant, shoppers });
    },
    onErased: (shoppers, erasedAtMs) => news.tell({ kind: 'erased', tenant, shoppers, erasedAtMs }),
    batchJobs: batchDesk.people,
    exposuresOf: experiments.exposuresOf,
  });
  return { segments, news, subjects };
}
