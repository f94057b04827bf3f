import { setImmediate } from 'node:timers/promises';
import type { ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { Assess } from '../serving/assess.ts';
import { lastQuestionOf } from '../serving/board.ts';
import type { Champions } from '../serving/champions.ts';
import type { LookNow } from '../serving/known-now.ts';
import type { Clock } from '../serving/question.ts';
import type { Asked } from './asked.ts';

/** What asking for chances needs: the live features and the champions. */
export interface ChanceParts {
  readonly engine: FeatureEngine;
  readonly champions: Pick<Champions, 'of'>;
  readonly assess: Assess;
  readonly clock: () => Clock;
  readonly sessionGapMs: number;
  readonly look?: LookNow | undefined;
}

/** Shoppers asked about before others get their turn: a few milliseconds of work. */
const atOnce = 32;

/**
 * The chance to buy of every shopper whose window is open: asked at the last event, of the item looked at last where such a champion serves, else of the
 * session. Who bought already in a session is not asked whether they will. No champion: nobody is asked.
 */
export async function askChances(
  { engine, champions, assess, clock, sessionGapMs, look }: ChanceParts,
  ledgers: ReadonlyMap<string, ShopperLedger>,
): Promise<Asked[]> {
  const target: Target = champions.of('item') === undefined ? 'session' : 'item';
  const model = champions.of(target);
  if (model === undefined) return [];
  const now = clock();
  const windowMs = target === 'item' ? model.bundle.manifest.horizonMs : sessionGapMs;
  const open = [...ledgers].filter(([, { lastSeenMs }]) => lastSeenMs + windowMs > now.nowMs).map(([shopper]) => shopper);
  const asked: Asked[] = [];
  for (let from = 0; from < open.length; from += atOnce) {
    const some = open.slice(from, from + atOnce);
    if (look !== undefined) await look(some.map((shopper) => ({ shopper, ...engine.shopper(shopper)?.lastItem })));
    for (const shopper of some) {
      const view = engine.shopper(shopper);
      if (view === undefined || (target === 'item' ? view.lastItem === undefined : view.sessionPurchases > 0)) continue;
      const asOfMs = view.lastEventTimeMs;
      if (asOfMs + windowMs <= now.nowMs) continue;
      const { probability } = assess(target, lastQuestionOf(view, now));
      const item = target === 'item' ? { item_id: view.lastItem!.itemId } : {};
      asked.push({
        ...{ shopper, probability, target, ...item, session_id: view.sessionId },
        as_of: asOfMs,
        until: asOfMs + windowMs,
      });
    }
    await setImmediate();
  }
  return asked;
}
