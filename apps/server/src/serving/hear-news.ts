import type { HotState } from '@tillcast/core/ports/hot-state';
import type { ErasedList } from '../subjects/erased-list.ts';
import type { News } from './news.ts';
import type { PredictionKeeping } from './prediction-keeping.ts';

/** What news of other processes changes here. */
export interface HearNewsParts {
  readonly erased: Pick<ErasedList, 'learn'>;
  readonly keeping: Pick<PredictionKeeping, 'erase'>;
  /** Makes what this process alone remembers forget one. */
  readonly forget: (shopper: string) => Promise<void>;
  readonly letGo: HotState['letGo'];
  readonly refresh: () => Promise<void>;
}

/** Opens what a process does when another tells it something. Doing it twice does no harm. */
export function openHearNews({ erased, keeping, forget, letGo, refresh }: HearNewsParts): (news: News) => Promise<void> {
  return async (news) => {
    switch (news.kind) {
      case 'erased':
        erased.learn(news.tenant, news.shoppers, news.erasedAtMs);
        for (const shopper of news.shoppers) {
          // Lines of predictions that still waited here, and explanations kept.
          await keeping.erase(news.tenant, shopper);
          await forget(shopper);
        }
        return letGo(news.tenant, news.shoppers, news.erasedAtMs);
      case 'refolded':
        return letGo(news.tenant, news.shoppers);
      case 'model_moved':
        return refresh();
    }
  };
}
