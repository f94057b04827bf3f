import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { FieldProblem } from '@tillcast/core/events/problems';
import { conflictsWith } from '@tillcast/core/experiments/conflicts';
import type { Experiment } from '@tillcast/core/experiments/experiment';
import { mayMove, refusedChanges } from '@tillcast/core/experiments/lifecycle';
import { sayProblems } from '@tillcast/core/experiments/read-fields';
import type { ExperimentRevision, ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import { invalidInput } from '../http/problem.ts';
import { pinModels } from './pin-models.ts';
import { mustReadExperiment, readExperiment } from './read-experiment.ts';

/** Who changes an experiment, why, and which version they have seen. */
export interface Intent {
  readonly by: string;
  readonly why?: string | undefined;
  /** Refused where the experiment has another one by now; absent = whatever it has. */
  readonly version?: number | undefined;
}

/** The life of experiments: every change is checked against all that run, kept with who and why, and refused where it was decided upon something older. */
export interface ExperimentDesk {
  create(config: Readonly<Record<string, unknown>>, intent: Intent): Promise<ExperimentRevision>;
  edit(id: string, config: Readonly<Record<string, unknown>>, intent: Intent, change?: Change): Promise<ExperimentRevision>;
  start(id: string, intent: Intent): Promise<ExperimentRevision>;
  stop(id: string, intent: Intent, change?: Change): Promise<ExperimentRevision>;
  list(): Promise<readonly ExperimentRevision[]>;
  /** Raises EXPERIMENT_NOT_FOUND. */
  find(id: string): Promise<ExperimentRevision>;
  history(id: string): Promise<readonly ExperimentRevision[]>;
}

type Change = ExperimentRevision['change'];

export interface ExperimentDeskParts {
  readonly store: ExperimentStore;
  readonly registry: ModelRegistry;
  readonly now: () => number;
  /** The insight sets that variants may name; absent: whoever serves will know. */
  readonly insightSets?: ReadonlySet<string>;
  /** Told when something changed here, so that it counts at once. */
  readonly onChange?: () => Promise<void> | void;
}

const tenant = 'default';
/** How often a change is tried again that others' changes got ahead of. */
const attempts = 5;

const fieldsOf = (problems: readonly FieldProblem[]) => problems.map(({ pointer, problem }) => ({ pointer, detail: problem }));

const refuse = (problems: readonly FieldProblem[]): void => {
  if (problems.length > 0) throw new TillcastError('EXPERIMENT_REFUSED', sayProblems(problems));
};

function parsed(config: unknown): Experiment {
  const { experiment, problems } = readExperiment(config);
  if (experiment === undefined) throw invalidInput(fieldsOf(problems));
  return experiment;
}

function seen(current: ExperimentRevision, { version }: Intent): ExperimentRevision {
  if (version === undefined || version === current.version) return current;
  throw new TillcastError(
    'VERSION_CONFLICT',
    `the experiment ${current.id} has version ${current.version} by now, not ${version}: ${current.by} ${current.change} it (${current.why || 'no reason given'}). Read it again and repeat`,
  );
}

const notFound = (id: string): TillcastError =>
  new TillcastError(
    'EXPERIMENT_NOT_FOUND',
    `there is no experiment ${JSON.stringify(id)}; "tillcast experiment list" shows them`,
  );

/** Insight sets that variants name and no rule has. */
const setsMissing = ({ variants }: Experiment, sets: ReadonlySet<string> | undefined): readonly FieldProblem[] =>
  variants.flatMap(({ treatment }, index) =>
    sets === undefined || treatment?.kind !== 'insights' || sets.has(treatment.id)
      ? []
      : [
          {
            pointer: `/variants/${index}/treatment/id`,
            problem: `no insight rule has the set ${JSON.stringify(treatment.id)}: give rules "sets: [${treatment.id}]", or name one of ${[...sets].join(', ')}`,
          },
        ],
  );

/** A rollout begins small whatever was sent: with its first step, half of it treated. */
function atFirstStep(config: ExperimentRevision['config'], { allocation }: Experiment): ExperimentRevision['config'] {
  return allocation.kind === 'rollout' ? { ...config, exposure_share: 2 * allocation.steps[0]! } : config;
}

/** Opens the desk over the store. */
export function openExperimentDesk(parts: ExperimentDeskParts): ExperimentDesk {
  const { store, registry, now, insightSets, onChange = () => {} } = parts;
  type Draft = Omit<ExperimentRevision, 'tenant' | 'serial' | 'version' | 'atMs' | 'by' | 'why'>;
  type Decide = (all: readonly ExperimentRevision[]) => Promise<Draft> | Draft;

  async function attempt(decide: Decide, { by, why = '' }: Intent): Promise<ExperimentRevision> {
    const { serial, experiments } = await store.list(tenant);
    const draft = await decide(experiments);
    const version = (experiments.find(({ id }) => id === draft.id)?.version ?? 0) + 1;
    const revision: ExperimentRevision = { ...draft, tenant, serial: serial + 1, version, atMs: now(), by, why };
    await store.append(revision);
    return revision;
  }

  /** Decides upon all experiments as they are, and again where somebody was faster. */
  async function change(decide: Decide, intent: Intent): Promise<ExperimentRevision> {
    for (let left = attempts; ; left--) {
      try {
        const revision = await attempt(decide, intent);
        await onChange();
        return revision;
      } catch (error) {
        const isOvertaken = error instanceof TillcastError && error.code === 'VERSION_CONFLICT' && intent.version === undefined;
        if (!isOvertaken || left <= 1) throw error;
      }
    }
  }

  const currentOf = (all: readonly ExperimentRevision[], id: string, intent: Intent): ExperimentRevision => {
    const current = all.find((one) => one.id === id);
    if (current === undefined) throw notFound(id);
    return seen(current, intent);
  };
  const runningOf = (all: readonly ExperimentRevision[]): readonly Experiment[] =>
    all.filter(({ state }) => state === 'running').map(({ config }) => mustReadExperiment(config));

  return {
    create: async (config, intent) => {
      const experiment = parsed(config);
      return change((all) => {
        if (all.some(({ id }) => id === experiment.id))
          throw new TillcastError(
            'EXPERIMENT_REFUSED',
            `/experiment_id: there is an experiment ${experiment.id} already: take another id, or change that one`,
          );
        return { id: experiment.id, state: 'draft', config: atFirstStep(config, experiment), change: 'created' };
      }, intent);
    },

    edit: async (id, config, intent, kind = 'edited') => {
      const after = parsed(config);
      return change((all) => {
        const {
          atMs: _at,
          by: _by,
          why: _why,
          serial: _serial,
          version: _version,
          tenant: _tenant,
          ...current
        } = currentOf(all, id, intent);
        refuse(refusedChanges(current.state, mustReadExperiment(current.config), after));
        if (current.state === 'running') refuse(conflictsWith(after, runningOf(all)));
        return { ...current, config, change: kind };
      }, intent);
    },

    start: (id, intent) =>
      change(async (all) => {
        const current = currentOf(all, id, intent);
        if (!mayMove(current.state, 'running'))
          throw new TillcastError(
            'EXPERIMENT_REFUSED',
            current.state === 'running'
              ? `the experiment ${id} is running already`
              : `the experiment ${id} was stopped and is not started again: its units have seen it end. Create another one`,
          );
        const experiment = parsed(current.config);
        if (experiment.stopAtMs !== undefined && experiment.stopAtMs <= now())
          refuse([{ pointer: '/stop_at', problem: 'lies in the past: nobody would be exposed; set a later one' }]);
        refuse([...conflictsWith(experiment, runningOf(all)), ...setsMissing(experiment, insightSets)]);
        const pinning = await pinModels(experiment, registry);
        if ('problems' in pinning) refuse(pinning.problems);
        const pinned = 'pinned' in pinning ? pinning.pinned : undefined;
        return {
          ...{ id, state: 'running', config: current.config, change: 'started', startedAtMs: now() },
          ...(pinned === undefined ? {} : { pinned }),
        };
      }, intent),

    stop: (id, intent, kind = 'stopped') =>
      change((all) => {
        const current = currentOf(all, id, intent);
        if (!mayMove(current.state, 'stopped'))
          throw new TillcastError('EXPERIMENT_REFUSED', `the experiment ${id} was stopped already`);
        const { startedAtMs, pinned, config } = current;
        return {
          ...{ id, state: 'stopped', config, change: kind, stoppedAtMs: now() },
          ...(startedAtMs === undefined ? {} : { startedAtMs }),
          ...(pinned === undefined ? {} : { pinned }),
        };
      }, intent),

    list: async () => (await store.list(tenant)).experiments,
    async find(id) {
      const found = (await store.list(tenant)).experiments.find((one) => one.id === id);
      if (found === undefined) throw notFound(id);
      return found;
    },
    async history(id) {
      const revisions = await store.history(tenant, id);
      if (revisions.length === 0) throw notFound(id);
      return revisions;
    },
  };
}
