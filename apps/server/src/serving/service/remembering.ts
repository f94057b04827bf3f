import { openFactCursor } from '@tillcast/core/catalogue/fact-cursor';
import { fillEvent } from '@tillcast/core/catalogue/fill-event';
import type { ShopEvent } from '@tillcast/core/events/event';
import { openIntake } from '../../ingest/intake.ts';
import { openTraffic } from '../../ingest/traffic.ts';
import { filledLog } from '../../jobs/filled-log.ts';
import { openErasedList } from '../../subjects/erased-list.ts';
import { followOthers } from '../follow-others.ts';
import { withoutErased } from '../known-now.ts';
import { openPredictionKeeping } from '../prediction-keeping.ts';
import { replay } from '../replay.ts';
import type { Knowing } from './knowing.ts';
import { type ServiceParts, type ServiceSettings, tenant } from './parts.ts';
import type { Scoring } from './scoring.ts';
import type { Trials } from './trials.ts';

/** How often is looked at what other processes wrote into catalogue and list of erased people. */
const followEveryMs = 5_000;

/** What was and what comes: the log, replayed into everything that remembers, and the way in of new events. */
export type Remembering = Awaited<ReturnType<typeof openRemembering>>;

/** Opens it; resolves once all that the log holds is remembered. */
export async function openRemembering(
  parts: ServiceParts,
  options: ServiceSettings,
  { engine, known, hot, view, convert, metrics, now, onTrouble }: Knowing,
  { champions, board }: Scoring,
  { experiments }: Trials,
) {
  const { eventLog, deadLetters, catalogue, suppressions, predictions, log } = parts;
  const purgeExplanations = (): void => {
    champions.purgeExplanations();
    experiments.purgeExplanations();
  };
  const keeping = await openPredictionKeeping({ stores: predictions, engine, metrics, log, now, purgeExplanations }, options);
  const memory = {
    ...{ engine, known, touch: board.touch, settle: keeping.settle },
    noteOutcome(event: ShopEvent) {
      keeping.noteOutcome(event);
      experiments.note(event);
    },
    fill: (event: ShopEvent): ShopEvent => fillEvent(event, view, convert),
    take: hot.isShared ? hot.take : undefined,
  };
  const facts = await openFactCursor(catalogue, view.learn);
  const erased = await openErasedList(suppressions);
  await replay({
    ...{ log: eventLog, letters: deadLetters, memory, facts, isErased: erased.has },
    onErased: (shopper) => keeping.erase(tenant, shopper),
    onProgress: options.onReplay ?? (() => {}),
  });
  await hot.restore(withoutErased(filledLog(eventLog, catalogue, convert), erased.has));
  keeping.replayed();
  const takeBatch = openIntake({
    ...{ log: eventLog, letters: deadLetters, memory, now, onTrouble },
    ...{ mark: openTraffic(options.trafficRules), isErased: erased.has },
  });
  const others = followOthers(
    { catalogue, learn: view.learn, erased, now, onTrouble },
    options.watchEveryMs === 0 ? 0 : followEveryMs,
  );
  return { keeping, erased, takeBatch, others };
}
