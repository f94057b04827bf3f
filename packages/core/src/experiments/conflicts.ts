import type { FieldProblem } from '../events/problems.ts';
import type { Experiment } from './experiment.ts';

/** What keeps an experiment from running beside others: slices of a layer that meet, one holdout of two shares, one salt for two splits. */
export function conflictsWith(experiment: Experiment, running: readonly Experiment[]): readonly FieldProblem[] {
  return running
    .filter(({ id }) => id !== experiment.id)
    .flatMap((other) => [
      ...layerConflicts(experiment, other),
      ...holdoutConflicts(experiment, other),
      ...saltConflicts(experiment, other),
    ]);
}

function layerConflicts(experiment: Experiment, other: Experiment): FieldProblem[] {
  return experiment.layers.flatMap(({ layer, from, to }, index) =>
    other.layers
      .filter((slice) => slice.layer === layer && slice.from < to && from < slice.to)
      .map((slice) => ({
        pointer: `/layers/${index}`,
        problem: `overlaps the slice [${slice.from}, ${slice.to}) of the layer ${JSON.stringify(layer)}, which ${other.id} has: take a slice that is free, or stop ${other.id}`,
      })),
  );
}

function holdoutConflicts({ holdout }: Experiment, other: Experiment): FieldProblem[] {
  if (holdout === undefined || other.holdout?.name !== holdout.name || other.holdout.share === holdout.share) return [];
  return [
    {
      pointer: '/holdout/share',
      problem: `is ${holdout.share}, and ${other.id} holds out ${other.holdout.share} under the same name: give the same share, or another name`,
    },
  ];
}

function saltConflicts({ salt }: Experiment, other: Experiment): FieldProblem[] {
  if (salt !== other.salt) return [];
  return [
    {
      pointer: '/salt',
      problem: `is that of ${other.id}, so that both would split the same units alike: give another salt, or none`,
    },
  ];
}
