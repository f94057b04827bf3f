import type { FeatureEngine } from '@tillcast/core/features/engine';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Shows how much the features remember, and how much had to make room. */
export function showRemembered(engine: Pick<FeatureEngine, 'remembered'>, registry: Registry): void {
  const registers = [registry];
  const labelNames = ['what'];
  new Gauge({
    ...{ name: 'tillcast_remembered', help: 'Shoppers and items whose state is in memory.', labelNames, registers },
    collect() {
      const { shoppers, items } = engine.remembered();
      this.set({ what: 'shoppers' }, shoppers);
      this.set({ what: 'items' }, items);
    },
  });
  new Counter({
    name: 'tillcast_forgotten_total',
    help: 'Shoppers and items whose state had to make room (state_memory_mb); seen again, they begin anew.',
    ...{ labelNames, registers },
    collect() {
      const { forgottenShoppers, forgottenItems } = engine.remembered();
      this.reset();
      this.inc({ what: 'shoppers' }, forgottenShoppers);
      this.inc({ what: 'items' }, forgottenItems);
    },
  });
}
