import type { Experiment } from '@tillcast/core/experiments/experiment';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { readExperiment } from '../experiments/read-experiment.ts';
import { maturityOf } from '../experiments/results.ts';

/** The design of an experiment from a moment on. */
interface Epoch {
  readonly fromMs: number;
  readonly experiment: Experiment;
}

/** An experiment that has run, as it was known at a moment. */
export interface RunExperiment {
  readonly id: string;
  /** As designed last. */
  readonly experiment: Experiment;
  readonly epochs: readonly Epoch[];
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
  readonly maturityMs: number;
}

/** What is compared with what; one line of the ledger. */
export interface Book {
  /** `holdout:NAME`, `experiment:ID` or `experiment:ID/VARIANT`. */
  readonly id: string;
  /** Everybody exposed against those held out, or variants against the control. */
  readonly against: 'holdout' | 'control';
  readonly experiments: readonly RunExperiment[];
  /** Of a comparison with the control: which variants are treated. */
  readonly variants: readonly string[];
  /** Whether the total adds it; lines in detail overlap with others. */
  readonly isInTotal: boolean;
  /** When the design changed; units are compared between two such moments only. */
  readonly boundariesMs: readonly number[];
}

/** The history of an experiment up to a moment; undefined = it had not started, or this release does not understand it. */
export function runOf(history: readonly ExperimentRevision[], asOfMs: number): RunExperiment | undefined {
  const known = history.filter(({ atMs }) => atMs <= asOfMs);
  const current = known.at(-1);
  if (current?.startedAtMs === undefined || current.startedAtMs > asOfMs) return undefined;
  const epochs = known.flatMap(({ config, startedAtMs, atMs }): Epoch[] => {
    const { experiment } = readExperiment(config);
    return startedAtMs === undefined || experiment === undefined ? [] : [{ fromMs: atMs, experiment }];
  });
  const last = epochs.at(-1);
  if (last === undefined) return undefined;
  return {
    ...{ id: current.id, experiment: last.experiment, epochs, startedAtMs: current.startedAtMs },
    stoppedAtMs: current.stoppedAtMs,
    maturityMs: maturityOf(last.experiment, current),
  };
}

const splitOf = ({ weights, exposureShare }: Experiment): string => JSON.stringify([weights, exposureShare]);

/** The moments at which the split of an experiment changed. */
const changesOf = ({ epochs }: RunExperiment): readonly number[] =>
  epochs.flatMap(({ fromMs, experiment }, i) =>
    i > 0 && splitOf(experiment) !== splitOf(epochs[i - 1]!.experiment) ? [fromMs] : [],
  );

/**
 * Why the units a holdout kept out cannot stand for those exposed: they are logged before layers and exposure share are asked, so where these differ
 * between experiments or change, whoever was left out at first comes back among the exposed alone. Undefined = they can.
 */
function whyHoldoutUnusable(runs: readonly RunExperiment[]): string | undefined {
  const [first] = runs;
  for (const { id, epochs } of runs) {
    const shares = new Set(epochs.map(({ experiment }) => experiment.exposureShare));
    if (shares.size > 1) return `the exposure share of ${id} changed while it ran`;
    const isWhole = epochs.every(({ experiment }) => experiment.exposureShare === 1 && experiment.layers.length === 0);
    if (runs.length > 1 && !isWhole) return `${id} shares the holdout with others and takes only a part of the units`;
    if (epochs[0]!.experiment.unit !== first!.epochs[0]!.experiment.unit)
      return `${first!.id} and ${id} share the holdout and have different units`;
  }
  return undefined;
}

function controlBooks(run: RunExperiment, isInTotal: boolean): readonly Book[] {
  const { id, experiment } = run;
  const treated = experiment.variants.map(({ name }) => name).filter((name) => name !== experiment.control);
  const book = { against: 'control' as const, experiments: [run], boundariesMs: changesOf(run) };
  const whole: Book = { ...book, id: `experiment:${id}`, variants: treated, isInTotal };
  if (treated.length === 1) return [whole];
  const each = treated.map((name): Book => ({ ...book, id: `experiment:${id}/${name}`, variants: [name], isInTotal: false }));
  return [whole, ...each];
}

/** The books of experiments that have run, and what is to be known of them. A holdout stands for all experiments that name it, once. */
export function booksOf(runs: readonly RunExperiment[]): { readonly books: readonly Book[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const books: Book[] = [];
  for (const [holdout, sharing] of Map.groupBy(runs, ({ experiment }) => experiment.holdout?.name)) {
    const why = holdout === undefined ? undefined : whyHoldoutUnusable(sharing);
    if (why !== undefined)
      notes.push(`the holdout ${holdout} is not used, for ${why}: its experiments are compared with their controls`);
    const isUsed = holdout !== undefined && why === undefined;
    if (isUsed)
      books.push({
        ...{ id: `holdout:${holdout}`, against: 'holdout', experiments: sharing, variants: [], isInTotal: true },
        boundariesMs: boundariesOf(sharing),
      });
    for (const run of sharing) books.push(...controlBooks(run, !isUsed));
  }
  return { books: books.toSorted((a, b) => Number(b.isInTotal) - Number(a.isInTotal)), notes };
}

/** One experiment's split is its own; of several, starts and stops change whom the lines are made of. */
const boundariesOf = (runs: readonly RunExperiment[]): readonly number[] =>
  [
    ...new Set([
      ...runs.flatMap(changesOf),
      ...(runs.length > 1 ? runs.flatMap(({ startedAtMs, stoppedAtMs }) => [startedAtMs, stoppedAtMs ?? startedAtMs]) : []),
    ]),
  ].sort((a, b) => a - b);

/** Chance of a unit of either side of a book to be treated, by the design at a moment; undefined = cannot be told. */
export function treatedShareAt({ against, experiments, variants }: Book, atMs: number): number | undefined {
  const [run, ...others] = experiments;
  if (run === undefined) return undefined;
  const { experiment } = run.epochs.findLast(({ fromMs }) => fromMs <= atMs) ?? run.epochs[0]!;
  if (against === 'control') {
    const weightOf = (names: readonly string[]): number =>
      experiment.variants.reduce((sum, { name }, i) => (names.includes(name) ? sum + experiment.weights[i]! : sum), 0);
    const [treated, control] = [weightOf(variants), weightOf([experiment.control])];
    return treated + control > 0 ? treated / (treated + control) : undefined;
  }
  // Targeting may differ between experiments, so that who was exposed to any of them has no designed share.
  if (others.length > 0 || experiment.holdout === undefined) return undefined;
  const slices = experiment.layers.reduce((share, { from, to }) => share * (to - from), 1);
  const exposed = (1 - experiment.holdout.share) * slices * experiment.exposureShare;
  return exposed / (exposed + experiment.holdout.share);
}
