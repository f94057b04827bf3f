import { openLime } from '@tillcast/core/explaining/lime';
import { fitLocally } from '@tillcast/core/explaining/local-fit';
import { binsOf, drawNeighbourhood, profilesOf } from '@tillcast/core/explaining/neighbourhood';
import { binOf } from '@tillcast/core/explaining/quartile-bins';
import type { Blend, Ensemble } from '@tillcast/core/scoring/ensemble';
import { openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { describeFeatures } from '@tillcast/core/scoring/feature-profile';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { scoreRow, scoreRows } from '@tillcast/core/scoring/score-row';
import { openRandom } from '@tillcast/core/simulation/random';
import type { Task } from '../serve-tasks.ts';
import { type Settings, servedShrinkage } from '../settings.ts';
import type { MemberForest } from './read-models.ts';
import { inBatches, withBase } from './trees-tasks.ts';

export interface CoreBench {
  readonly members: readonly MemberForest[];
  readonly featureNames: readonly string[];
  readonly baseRate: number;
  readonly rows: Float32Array;
  /** What the reference profile of LIME is made of. */
  readonly learnt: () => Float32Array;
  readonly settings: Settings;
}

const SEED = 20261123;
/** So little that soft voting is the members' own mean, as Python's is. */
const HARDLY_SHRUNK = 1e-9;

function ensembleOf({ members, featureNames, baseRate }: CoreBench, kind: Blend['kind'], lambda: number): Ensemble {
  const weights = Object.fromEntries(members.map(({ name }) => [name, 1 / members.length]));
  const forestShrinkage = { lambda, pi: baseRate };
  return { featureNames, members, blend: { kind, weights, platt: { slope: 1, intercept: 0 }, forestShrinkage } };
}

/** What packages/core makes of the trees: the served score (here by soft voting), contributions to the served log-odds, and LIME. */
export function coreTasks(bench: CoreBench): Record<string, Task> {
  const { rows, featureNames, settings } = bench;
  const width = featureNames.length;
  const soft = ensembleOf(bench, 'soft', HARDLY_SHRUNK);
  const explainer = openEnsembleExplainer(ensembleOf(bench, 'log_odds', servedShrinkage));
  const { batchRows, scoreAnswers, shapAnswers } = settings;
  const scoreOne = (row: number): number => scoreRow(soft, rows, row * width).probability;
  const scoreMany = (row: number): Float64Array =>
    scoreRows(soft, rows.subarray(row * width, (row + batchRows) * width), batchRows).logOdds.map(probabilityOf);
  const explain = (row: number) => explainer.explain(rows, row * width);
  return {
    score_row: {
      rowsACall: 1,
      call: scoreOne,
      answers: () => [Float64Array.from({ length: scoreAnswers }, (_, row) => scoreOne(row))],
    },
    score_batch: {
      rowsACall: batchRows,
      call: (row) => scoreMany(row)[0]!,
      answers: () => [inBatches(scoreAnswers, batchRows, 1, scoreMany)],
    },
    'shap_row.served': {
      rowsACall: 1,
      call: (row) => explain(row).contributions[0]!,
      answers: () => [
        inBatches(shapAnswers, 1, width + 1, (row) => {
          const { contributions, baseValue } = explain(row);
          return withBase(contributions, baseValue, width);
        }),
      ],
    },
    ...limeTasks(bench, soft),
  };
}

/** LIME with one neighbourhood, as `lime` has it; and as it is served, with the repeats that tell whether it is stable. */
function limeTasks({ rows, featureNames, learnt, settings }: CoreBench, ensemble: Ensemble): Record<string, Task> {
  const width = featureNames.length;
  const known = learnt();
  const reference = { features: describeFeatures(known, featureNames, known.length / width) };
  const profiles = profilesOf(reference, featureNames);
  const bins = binsOf(profiles);
  const random = openRandom(SEED);
  const draw = (name: string) => drawNeighbourhood(ensemble, profiles, settings.limeSamples, random.fork(name));
  const binsOfRow = (row: number) => Uint8Array.from(bins, (ofFeature, j) => binOf(ofFeature, rows[row * width + j]!));
  const drawn = draw('warm');
  const served = openLime(ensemble, reference, { random, samples: settings.limeSamples });
  const task = (weights: (row: number) => Float64Array): Task => ({
    rowsACall: 1,
    call: (row) => weights(row)[0]!,
    answers: () => [inBatches(settings.limeAnswers, 1, width, weights)],
  });
  return {
    lime: task((row) => fitLocally(drawn, binsOfRow(row)).weights),
    lime_cold: task((row) => fitLocally(draw(`cold-${row}`), binsOfRow(row)).weights),
    lime_served: task((row) => served.explain(rows, row * width).weights),
  };
}
