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
  /** The holdout's name, where it is against one. */
  readonly holdout?: string;
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
 * Why the units a holdout kept out cannot stand for those exposed; undefined = they can. Targeting, layers and shares may differ and change: whoever is
 * held out is logged where they would have been exposed, and nowhere else.
 */
function whyHoldoutUnusable(runs: readonly RunExperiment[]): string | undefined {
  const [first] = runs;
  for (const { id, experiment } of runs) {
    if (experiment.unit !== first!.experiment.unit) return `${first!.id} and ${id} share the holdout and have different units`;
    if (experiment.holdout?.share !== first!.experiment.holdout?.share)
      return `${first!.id} and ${id} hold out different shares under its name`;
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
        ...{ id: `holdout:${holdout}`, against: 'holdout', holdout, experiments: sharing, variants: [], isInTotal: true },
        // The chance of being held out is the same at every moment: there is nothing to compare apart.
        boundariesMs: [],
      });
    for (const run of sharing) books.push(...controlBooks(run, !isUsed));
  }
  return { books: books.toSorted((a, b) => Number(b.isInTotal) - Number(a.isInTotal)), notes };
}

/** Chance of a unit of either side of a book to be treated, by the design at a moment; undefined = cannot be told. */
export function treatedShareAt({ against, experiments, variants }: Book, atMs: number): number | undefined {
  const [run] = experiments;
  if (run === undefined) return undefined;
  if (against === 'holdout') return run.experiment.holdout && 1 - run.experiment.holdout.share;
  const { experiment } = run.epochs.findLast(({ fromMs }) => fromMs <= atMs) ?? run.epochs[0]!;
  const weightOf = (names: readonly string[]): number =>
    experiment.variants.reduce((sum, { name }, i) => (names.includes(name) ? sum + experiment.weights[i]! : sum), 0);
  const [treated, control] = [weightOf(variants), weightOf([experiment.control])];
  return treated + control > 0 ? treated / (treated + control) : undefined;
}
