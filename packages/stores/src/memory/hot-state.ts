import type { EngineSettings } from '@tillcast/core/features/engine';
import { openEngine } from '@tillcast/core/features/feature-engine';
import { forgetShopper } from '@tillcast/core/features/shop-memory';
import type { HotState } from '@tillcast/core/ports/hot-state';

/** Keeps the states in this process, in the engine itself: it has nothing to fetch and nothing to hand over. */
export function memoryHotState(settings: EngineSettings): HotState {
  const opened = openEngine(settings);
  return {
    engine: opened.engine,
    isShared: false,
    take: async () => {},
    look: async () => 'current',
    restore: async () => {},
    async forget(tenant, shopper) {
      opened.lookAgain();
      forgetShopper(opened.shopOf(tenant), shopper);
    },
    settled: async () => {},
    close: async () => {},
  };
}
