import type { EngineSettings } from '@tillcast/core/features/engine';
import { type OpenedEngine, openEngine } from '@tillcast/core/features/feature-engine';
import { foldApart, linkedWith, type TenantLog } from '@tillcast/core/features/fold-apart';
import { openMirror } from '@tillcast/core/features/mirror';
import { forgetShopper, holdShopper, shopperNamed } from '@tillcast/core/features/shop-memory';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { type HotState, REORDER_MS } from '@tillcast/core/ports/hot-state';

/** Keeps the states in this process, in the engine itself: it has nothing to fetch and nothing to hand over. */
export function memoryHotState(given: EngineSettings): HotState {
  const settings = { reorderMs: REORDER_MS, ...given };
  const opened = openEngine(settings);
  let log: Pick<EventLog, 'read'> | undefined;

  return {
    engine: opened.engine,
    isShared: false,
    take: async () => {},
    look: async () => 'current',
    async restore(from) {
      log = from;
    },
    async forget(tenant, shopper) {
      opened.lookAgain();
      forgetShopper(opened.shopOf(tenant), shopper);
    },
    async refold(tenant, shoppers) {
      if (log !== undefined) await refold(opened, settings, { log, tenant }, shoppers);
    },
    letGo: async () => {},
    settled: async () => {},
    close: async () => {},
  };
}

/** Times the log is read again because something happened meanwhile. */
const maxRounds = 5;

async function refold(
  opened: OpenedEngine,
  { memoryBytes: _, ...settings }: EngineSettings,
  from: TenantLog,
  shoppers: readonly string[],
): Promise<void> {
  const shop = opened.shopOf(from.tenant);
  const stateOf = (shopper: string): string => {
    const memory = shopperNamed(shop, shopper);
    return memory === undefined ? '' : `${memory.live.events} ${memory.live.lastEventId} ${memory.tail.length}`;
  };
  for (let round = 1; ; round += 1) {
    const linked = await linkedWith(from, shoppers);
    const before = [...linked].map(stateOf);
    const apart = openMirror(settings);
    await foldApart(from, linked, (shopper) => shopperNamed(shop, shopper), apart);
    const isQuiet = [...linked].every((shopper, at) => stateOf(shopper) === before[at]);
    if (!isQuiet && round < maxRounds) continue;
    opened.lookAgain();
    for (const shopper of linked) {
      const memory = apart.at(from.tenant, shopper);
      if (memory === undefined) forgetShopper(shop, shopper);
      else holdShopper(shop, { ...memory, number: opened.numbered.shoppers++ });
    }
    return;
  }
}
