import type { Target } from '@tillcast/core/scoring/bundle';
import type { Logger } from 'pino';
import { openAssess } from '../assess.ts';
import { type BoardParts, openBoard } from '../board.ts';
import { type ChampionNews, openChampions } from '../champions.ts';
import { openExplainDesk } from '../explain-desk.ts';
import { openRowSample } from '../explain-sample.ts';
import { openLadder } from '../ladder.ts';
import { showFigures } from '../model-figures.ts';
import { openFindReasons } from '../reasons.ts';
import type { Knowing } from './knowing.ts';
import type { ServiceParts, ServiceSettings } from './parts.ts';

function tell(log: Logger, news: ChampionNews): void {
  if (news.kind === 'refused')
    log.error(
      { err: news.error, target: news.target, version: news.version },
      'the champion cannot be served; the one before goes on',
    );
  else log.info(news, 'champion');
}

/** The models that answer, and what is made of their scores. */
export type Scoring = Awaited<ReturnType<typeof openScoring>>;

/** Loads the champions and opens what scores and explains by them; `onMoved` hears of each new champion, `insightSetOf` is asked what a shopper hears. */
export async function openScoring(
  { registry, cache, log }: ServiceParts,
  { watchEveryMs = 1_000 }: ServiceSettings,
  { metrics, engine, shop, localTime, rules, clock, look }: Knowing,
  onMoved: (target: Target) => void,
  insightSetOf: NonNullable<BoardParts['insightSetOf']>,
) {
  const champions = openChampions({
    ...{ registry, cache, serving: { features: engine.features, ...shop }, everyMs: watchEveryMs },
    explaining: { onFailure: (error) => log.error({ err: error }, 'explanation failed') },
    onNews(news) {
      tell(log, news);
      showFigures(metrics, champions, news);
      if (news.kind !== 'refused') onMoved(news.target);
    },
  });
  await champions.refresh();
  const scoreSafely = openLadder({
    now: () => performance.now(),
    onFailure: (error) => log.error({ err: error }, 'the model could not be asked; what is left of it answers'),
  });
  const sample = openRowSample();
  const assessor = openAssess({ engine, champions, localTime, scoreSafely, keep: sample.keep });
  const desk = openExplainDesk(champions);
  const findReasons = openFindReasons(metrics, (error) => log.error({ err: error }, 'contributions withheld'));
  const board = openBoard({ engine, champions, assess: assessor.assess, findReasons, rules, clock, look, insightSetOf });
  return { champions, assessor, sample, desk, findReasons, board };
}
