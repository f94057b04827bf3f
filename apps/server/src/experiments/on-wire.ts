import type { Experiment } from '@tillcast/api/experiments';
import { isRealised } from '@tillcast/core/experiments/metrics';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { onWire } from '../serving/answer.ts';
import { readExperiment } from './read-experiment.ts';

/** What to know of an experiment before believing it. */
function notesOf({ config, pinned }: ExperimentRevision): string[] {
  const { experiment, problems } = readExperiment(config);
  if (experiment === undefined) return [`this release does not understand it: ${problems[0]?.problem ?? ''}`];
  const { primaryMetric, decisionMetric, allocation } = experiment;
  const alone = Object.entries(pinned?.models ?? {}).filter(([, { member }]) => member !== undefined);
  return [
    ...(isRealised(primaryMetric)
      ? []
      : [
          `${primaryMetric} is the models' own prediction: it is shown and never decides; ${decisionMetric} per exposed unit does`,
        ]),
    ...(alone.length === 0
      ? []
      : [
          `${alone.map(([name]) => name).join(', ')} answer under the calibration of the whole ensemble: their order is their own, their level was calibrated by no one`,
        ]),
    ...(pinned !== undefined && experiment.variants.every(({ treatment }) => treatment === undefined)
      ? [
          'variants are models: as long as nothing a shopper can notice follows from the score, this compares a shop with itself (an A/A test)',
        ]
      : []),
    ...(allocation.kind === 'thompson'
      ? ['weights follow the outcomes (a bandit): estimates lean towards the variant that did well early']
      : []),
  ];
}

/** An experiment as it goes over the wire. */
export const experimentOnWire = (revision: ExperimentRevision): Experiment => ({
  experiment_id: revision.id,
  version: revision.version,
  state: revision.state,
  config: { ...revision.config },
  change: revision.change,
  changed_at: onWire(revision.atMs),
  by: revision.by,
  why: revision.why,
  started_at: revision.startedAtMs === undefined ? null : onWire(revision.startedAtMs),
  stopped_at: revision.stoppedAtMs === undefined ? null : onWire(revision.stoppedAtMs),
  models: Object.fromEntries(
    Object.entries(revision.pinned?.models ?? {}).map(([name, { version, member }]) => [
      name,
      { version, member: member ?? null },
    ]),
  ),
  notes: notesOf(revision),
});
