import type { FieldProblem } from '../events/problems.ts';
import type { Experiment } from './experiment.ts';

/** Where an experiment is in its life. */
export const experimentStates = ['draft', 'running', 'stopped'] as const;
export type ExperimentState = (typeof experimentStates)[number];

/** Which moves are allowed. What was stopped stays so: its units have seen how it ended. */
const next: Readonly<Record<ExperimentState, readonly ExperimentState[]>> = {
  draft: ['running', 'stopped'],
  running: ['stopped'],
  stopped: [],
};

/** Whether an experiment may go from one state to another. */
export const mayMove = (from: ExperimentState, to: ExperimentState): boolean => next[from].includes(to);

/** What may change while an experiment runs, by its name on the wire; everything else would make it another experiment. */
export const changeableWhileRunning: ReadonlySet<keyof Experiment> = new Set<keyof Experiment>([
  'weights',
  'exposureShare',
  'stopAtMs',
  'guardrails',
  'description',
]);

const wireNames: Readonly<Partial<Record<keyof Experiment, string>>> = {
  id: 'experiment_id',
  weights: 'traffic_split',
  exposureShare: 'exposure_share',
  startAtMs: 'start_at',
  stopAtMs: 'stop_at',
  primaryMetric: 'primary_metric',
  decisionMetric: 'decision_metric',
  minimumRun: 'minimum_run',
  maturityMs: 'maturity',
};

/** Fields that differ between two experiments. */
function changed(before: Experiment, after: Experiment): (keyof Experiment)[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Experiment>;
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** What keeps `before`, in a state, from becoming `after`; empty = it may. */
export function refusedChanges(state: ExperimentState, before: Experiment, after: Experiment): readonly FieldProblem[] {
  const differing = changed(before, after);
  if (before.id !== after.id)
    return [{ pointer: '/experiment_id', problem: `is ${after.id}, and this is ${before.id}: create another experiment` }];
  if (state === 'draft') return [];
  if (state === 'stopped')
    return differing.length === 0
      ? []
      : [{ pointer: '', problem: 'was stopped and does not change any more: create another experiment' }];
  return differing
    .filter((name) => !changeableWhileRunning.has(name))
    .map((name) => ({
      pointer: `/${wireNames[name] ?? name}`,
      problem:
        'cannot change while the experiment runs, or it would be another one: stop it and create a new one with another experiment_id',
    }));
}

/** Whether a running experiment assigns at a moment: its schedule says so. */
export const isActive = ({ startAtMs, stopAtMs }: Pick<Experiment, 'startAtMs' | 'stopAtMs'>, nowMs: number): boolean =>
  (startAtMs === undefined || nowMs >= startAtMs) && (stopAtMs === undefined || nowMs < stopAtMs);
