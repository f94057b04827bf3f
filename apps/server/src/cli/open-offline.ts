import { featureCatalog } from '@tillcast/core/features/catalog';
import { pino } from 'pino';
import {
  openDeadLetters,
  openEventLog,
  openItemCatalogue,
  openModelRegistry,
  openPassingPredictionLog,
  openRecentPredictions,
  openSuppressions,
} from '../compose.ts';
import { readShopSettings } from '../config.ts';
import { catalogueHash } from '../jobs/catalogue-hash.ts';
import type { Service } from '../serving/service/parts.ts';
import { openService } from '../serving/service.ts';
import type { DataDir } from './data-dir.ts';

/** How a service without a server is opened. */
export interface OfflineSettings {
  readonly timeZone?: string | undefined;
  readonly onReplay: (done: number, of: number) => void;
}

/** The service itself, filled from the event log, as a server would answer: without a port, and what it answers is written nowhere. `close` closes the stores too. */
export async function openOffline(
  dir: DataDir,
  settings: OfflineSettings,
): Promise<Pick<Service, 'app' | 'champions'> & { close(): Promise<void> }> {
  const stores = {
    eventLog: openEventLog(dir),
    deadLetters: openDeadLetters(dir),
    catalogue: openItemCatalogue(dir),
    suppressions: await openSuppressions(dir),
  };
  const closeStores = async (): Promise<void> => {
    for (const store of Object.values(stores)) await store.close();
  };
  try {
    const { app, champions } = await openService(
      {
        ...stores,
        registry: openModelRegistry(dir, { names: featureCatalog.map(({ name }) => name), hash: catalogueHash() }),
        // Nobody will look these answers up: they are not kept.
        predictions: {
          log: { ...openPassingPredictionLog(), append: async (records: readonly unknown[]) => records.length },
          recent: openRecentPredictions(),
        },
        access: { kind: 'open' },
        log: pino({ level: 'silent' }),
      },
      { watchEveryMs: 0, labelEveryMs: 0, shop: readShopSettings(), ...settings },
    );
    return {
      ...{ app, champions },
      async close() {
        await app.close();
        await champions.close();
        await closeStores();
      },
    };
  } catch (error) {
    await closeStores();
    throw error;
  }
}
