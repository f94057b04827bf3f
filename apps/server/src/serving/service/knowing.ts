import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import { openConvert } from '@tillcast/core/shop/convert';
import { noSettings } from '@tillcast/core/shop/settings';
import { openOwnHotState } from '../../compose.ts';
import { defaultStateMemoryMb } from '../../config.ts';
import { openMetrics } from '../../http/metrics.ts';
import { openKnownItems } from '../known-items.ts';
import { openLookNow } from '../known-now.ts';
import type { Clock } from '../question.ts';
import { showRemembered } from '../remembered-metrics.ts';
import { openItemFacts, readSpokenRules } from '../rules.ts';
import { shopTime } from '../shop-time.ts';
import type { ServiceParts, ServiceSettings } from './parts.ts';

/** What everything else asks: the shop and its clock, what is known of shoppers and items, and in what words it is told. */
export type Knowing = Awaited<ReturnType<typeof openKnowing>>;

/** Opens it; the hot state is empty until the log is replayed. */
export async function openKnowing(
  { registry, tellings, log, openHotState = openOwnHotState }: ServiceParts,
  options: ServiceSettings,
) {
  const { now = Date.now, stateMemoryMb = defaultStateMemoryMb, shop: settings = noSettings } = options;
  const metrics = openMetrics();
  const shop = await shopTime(options, registry);
  const onTrouble = (error: unknown, what: string): void => log.error({ err: error }, what);
  const hot = openHotState({ engine: { ...shop, memoryBytes: stateMemoryMb * 1_048_576 }, now, onTrouble });
  const { engine } = hot;
  showRemembered(engine, metrics.registry);
  const localTime = openZoneClock(shop.timeZone);
  const clock = (): Clock => ({ nowMs: now(), localTime, timeZone: shop.timeZone });
  const view = openCatalogueView();
  const convert = openConvert(settings);
  const ruleNames = { features: featureCatalog.map(({ name }) => name), treatments: [...settings.treatmentCosts.keys()] };
  const rules = readSpokenRules({
    ...{ file: options.rules, language: options.language, tellings, ...ruleNames },
    shop: { settings, convert, itemFacts: openItemFacts(view) },
  });
  const [look, known] = [openLookNow(hot), openKnownItems()];
  return { now, metrics, settings, shop, onTrouble, hot, engine, look, known, localTime, clock, view, convert, ruleNames, rules };
}
