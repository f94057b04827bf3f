import type { PowerQuery } from '@tillcast/api/experiments';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { type Design, designExperiment } from './analyse-power.ts';
import { checkAnalysisSettings } from './analyse-settings.ts';
import { mustReadExperiment } from './read-experiment.ts';
import { settingsOf } from './results.ts';

/** How many units and days an experiment needs by its own registered rule, or what lift it can see. */
export function planOfExperiment(revision: ExperimentRevision, { base, lift, units, per_day: perDay }: PowerQuery): Design {
  const experiment = mustReadExperiment(revision.config);
  const { settings } = checkAnalysisSettings(settingsOf(experiment, revision), `experiment ${revision.id}: analysis`);
  const { variants, control, weights } = experiment;
  return designExperiment({
    ...{ base, mean: undefined, sd: undefined, lift, units, perDay, rho: 0 },
    alpha: settings.alpha ?? 0.05,
    power: settings.power ?? 0.8,
    variants: variants.length,
    controlShare: weights[variants.findIndex(({ name }) => name === control)],
    method: settings.method ?? 'fixed',
  });
}
