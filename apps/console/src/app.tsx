import { useState } from 'react';
import { useModels, useShoppers } from './api.ts';
import { horizon } from './format.ts';
import { ModelStrip } from './model-strip.tsx';
import { ShopperDetail } from './shopper-detail.tsx';
import { ShopperTable } from './shopper-table.tsx';
import { useNow } from './use-now.ts';

/** The first page: who is about to buy, and why. */
export function App() {
  const shoppers = useShoppers();
  const models = useModels();
  const [chosen, setChosen] = useState<string>();
  const answer = shoppers.data;
  const champion = models.data?.models.find((model) => model.serving && model.target === answer?.target);
  const selected = answer?.shoppers.find((shopper) => shopper.shopper === chosen) ?? answer?.shoppers[0];
  const nowMs = useNow(answer?.as_of);
  return (
    <div className="page">
      <header className="top">
        <img src="/favicon.svg" alt="" />
        <div>
          <h1>Tillcast</h1>
          <div className="sub">who is about to buy, and why</div>
        </div>
        <div className="right">
          <span>
            <span className={`dot ${shoppers.problem ? 'off' : ''}`} /> {status(shoppers.problem, answer?.matching)}
          </span>
          <a href="/docs">Try the API</a>
          <a href="/metrics">Metrics</a>
        </div>
      </header>
      <ModelStrip model={champion} />
      <main className="split">
        <section className="panel">
          <h2>About to buy</h2>
          <p className="lead">
            Shoppers active in the last half hour, likeliest first
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
    </div>
  );
}

const status = (problem: string | undefined, active: number | undefined): string =>
  problem ? `waiting for the server: ${problem}` : `${active ?? 0} shoppers active`;
