import type { Champions } from './champions.ts';
import { type DeepPool, openDeepPool } from './explain-deep-pool.ts';
import type { LiveModel } from './live-model.ts';

/** Hands out each champion's thread for deep explanations; opened when first asked for, closed when the model no longer serves. */
export interface ExplainDesk {
  of(model: LiveModel): DeepPool;
  close(): Promise<void>;
}

/** Opens the desk. */
export function openExplainDesk(champions: Pick<Champions, 'of'>): ExplainDesk {
  const pools = new Map<LiveModel, DeepPool>();

  function sweep(asked: LiveModel): void {
    for (const [model, pool] of pools) {
      if (model === asked || champions.of(model.target) === model) continue;
      pools.delete(model);
      void pool.close();
    }
  }

  return {
    of(model) {
      sweep(model);
      const pool = pools.get(model) ?? openDeepPool(model.bundle);
      pools.set(model, pool);
      return pool;
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.close()));
    },
  };
}
