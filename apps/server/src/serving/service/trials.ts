import { setsOf } from '@tillcast/core/decisions/insights/rule';
import { openPassingExperiments } from '../../compose.ts';
import { type MarginOf, openMarginOf } from '../../experiments/margin-of.ts';
import { openExperiments } from '../../experiments/open-experiments.ts';
import { openReports } from '../../money/open-reports.ts';
import type { Knowing } from './knowing.ts';
import type { ServiceParts, ServiceSettings } from './parts.ts';

/** Opens the experiments, and what is reported of them and of the predictions in money. */
export async function openTrials(
  { experiments: stores = openPassingExperiments(), registry, eventLog, predictions, log }: ServiceParts,
  { watchEveryMs = 1_000 }: ServiceSettings,
  { engine, shop, settings, view, convert, metrics, rules, now, onTrouble }: Knowing,
) {
  const marginAsOf = (knownByMs: number): MarginOf => openMarginOf(view, convert, settings, knownByMs);
  const experiments = await openExperiments({
    ...{ stores, registry, events: eventLog, metrics, now, onTrouble },
    serving: { features: engine.features, ...shop },
    explaining: { onFailure: (error) => log.error({ err: error }, 'explanation failed') },
    marginAsOf,
    insightSets: setsOf(rules.file),
    everyMs: watchEveryMs,
  });
  const reports = openReports({
    ...{ exposures: stores.exposures, events: eventLog, experiments: stores.store, predictions: predictions.log },
    marginAsOf,
    ...{ shop: settings, now, settle: experiments.settle },
  });
  return { experiments, reports };
}

export type Trials = Awaited<ReturnType<typeof openTrials>>;
