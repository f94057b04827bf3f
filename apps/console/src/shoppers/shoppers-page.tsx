import { useState } from 'react';
import { useModels, useShoppers } from '../api.ts';
import { horizon } from '../format.ts';
import { Trouble } from '../trouble.tsx';
import { useNow } from '../use-now.ts';
import { ModelStrip } from './model-strip.tsx';
import { ShopperDetail } from './shopper-detail.tsx';
import { ShopperTable } from './shopper-table.tsx';

/** The first page: who is about to buy, and why. */
export function ShoppersPage() {
  const shoppers = useShoppers();
  const models = useModels();
  const [chosen, setChosen] = useState<string>();
  const answer = shoppers.data;
  const champion = models.data?.models.find((model) => model.serving && model.target === answer?.target);
  const selected = answer?.shoppers.find((shopper) => shopper.shopper === chosen) ?? answer?.shoppers[0];
  const nowMs = useNow(answer?.as_of);
  return (
    <>
      {shoppers.trouble ? <Trouble trouble={shoppers.trouble} hasOld={answer !== undefined} /> : null}
      <ModelStrip model={champion} />
      <main className="split">
        <section className="panel">
          <h2>About to buy</h2>
          <p className="lead">
            <span className={`dot ${shoppers.trouble ? 'off' : ''}`} /> {answer?.matching ?? 0} shoppers active in the last half
            hour, likeliest first
            {answer ? `; chance of a purchase within ${horizon(answer.horizon)}.` : '.'}
          </p>
          {answer && answer.shoppers.length > 0 ? (
            <ShopperTable
              shoppers={answer.shoppers}
              baseRate={answer.base_rate}
              nowMs={nowMs}
              selected={selected?.shopper}
              onSelect={setChosen}
            />
          ) : (
            <div className="empty">No one is in the shop yet. Send an event to /v1/events and the shopper appears here.</div>
          )}
        </section>
        {answer && selected ? <ShopperDetail shopper={selected} horizon={answer.horizon} target={answer.target} /> : null}
      </main>
    </>
  );
}
