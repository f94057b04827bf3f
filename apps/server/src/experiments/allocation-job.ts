import type { Allocation, Experiment } from '@tillcast/core/experiments/experiment';
import { decideRollout, type GuardrailState } from '@tillcast/core/experiments/rollout';
import { thompsonWeights, type VariantTally } from '@tillcast/core/experiments/thompson';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { openRandom } from '@tillcast/core/simulation/random';
import type { ExperimentDesk } from './desk.ts';
import { mustReadExperiment } from './read-experiment.ts';
import type { ExperimentReport } from './results.ts';

/** Moves rollouts forward or back, and the weights of bandits. */
export interface AllocationJob {
  /** Looks at every experiment that moves by itself, once. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export interface AllocationJobParts {
  readonly desk: ExperimentDesk;
  readonly results: (revision: ExperimentRevision) => Promise<ExperimentReport>;
  readonly now: () => number;
  /** How often it is looked whether anything is due; 0 = only when told. */
  readonly everyMs: number;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** A rollout is looked at so often within a step, at least every hour: what does harm is stopped before the step is over. */
const looksAStep = 24;
const hourMs = 3_600_000;
const by = 'tillcast';

type Moving<Kind extends Allocation['kind']> = Extract<Allocation, { kind: Kind }>;

const lookEveryMs = (allocation: Allocation): number =>
  allocation.kind === 'rollout'
    ? Math.min(hourMs, allocation.stepMs / looksAStep)
    : allocation.kind === 'thompson'
      ? allocation.everyMs
      : Number.POSITIVE_INFINITY;

function guardrailsOf({ guardrails, control }: Experiment, { comparisons }: ExperimentReport): GuardrailState[] {
  return guardrails.map(({ metric, maxDrop }) => {
    const found = comparisons.find((one) => one.metric === metric && one.variant !== control);
    const figures = found !== undefined && 'always_valid' in found ? found.always_valid : undefined;
    return { metric, maxDrop, lift: figures?.relative_lift ?? undefined };
  });
}

/** Opens the job at the desk. Every move names the version it was decided upon, so that of several servers one makes it. */
export function openAllocationJob({ desk, results, now, everyMs, onTrouble }: AllocationJobParts): AllocationJob {
  const lookedAtMs = new Map<string, number>();
  let running: Promise<void> | undefined;

  async function roll(revision: ExperimentRevision, experiment: Experiment, allocation: Moving<'rollout'>): Promise<void> {
    const report = await results(revision);
    const history = await desk.history(revision.id);
    const step = history.findLast(({ change }) => change === 'started' || change === 'rolled_forward');
    const move = decideRollout({
      ...{ steps: allocation.steps, stepMs: allocation.stepMs, share: experiment.exposureShare / 2, nowMs: now() },
      stepStartedMs: step?.atMs ?? revision.atMs,
      isSplitWrong: report.srm.alarm,
      guardrails: guardrailsOf(experiment, report),
    });
    if (move.kind === 'stay') return;
    const intent = { by, why: move.why, version: revision.version };
    if (move.kind === 'back') await desk.stop(revision.id, intent, 'rolled_back');
    else await desk.edit(revision.id, { ...revision.config, exposure_share: 2 * move.share }, intent, 'rolled_forward');
  }

  async function weigh(revision: ExperimentRevision, experiment: Experiment, { minShare }: Moving<'thompson'>): Promise<void> {
    const report = await results(revision);
    const names = experiment.variants.map(({ name }) => name);
    const tallies = names.map((name): VariantTally => {
      const { n = 0, means } = report.variants[name] ?? {};
      return { units: n, buyers: Math.round(n * (means?.conversion ?? 0)) };
    });
    const weights = thompsonWeights(tallies, minShare, openRandom(`${experiment.salt}/${revision.version}`));
    const split = Object.fromEntries(names.map((name, index) => [name, weights[index]!]));
    const why = `mature units and buyers: ${names.map((name, v) => `${name} ${tallies[v]!.units}/${tallies[v]!.buyers}`).join(', ')}`;
    await desk.edit(
      revision.id,
      { ...revision.config, traffic_split: split },
      { by, why, version: revision.version },
      'reweighted',
    );
  }

  async function look(revision: ExperimentRevision): Promise<void> {
    const experiment = mustReadExperiment(revision.config);
    const { allocation } = experiment;
    const lastMs = lookedAtMs.get(revision.id) ?? revision.startedAtMs ?? revision.atMs;
    if (now() - lastMs < lookEveryMs(allocation)) return;
    lookedAtMs.set(revision.id, now());
    if (allocation.kind === 'rollout') await roll(revision, experiment, allocation);
    if (allocation.kind === 'thompson') await weigh(revision, experiment, allocation);
  }

  async function runAll(): Promise<void> {
    for (const revision of await desk.list())
      if (revision.state === 'running')
        await look(revision).catch((error: unknown) =>
          onTrouble(error, `the allocation of the experiment ${revision.id} stays as it is`),
        );
  }

  function run(): Promise<void> {
    running ??= runAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  const guarded = (): void => void run().catch((error: unknown) => onTrouble(error, 'experiments cannot be looked at now'));
  const timer = everyMs > 0 ? setInterval(guarded, everyMs).unref() : undefined;
  return {
    run,
    async close() {
      clearInterval(timer);
      await running?.catch(() => {});
    },
  };
}
