import { type Agreement, agreementOf } from '@tillcast/core/explaining/agreement';
import type { CounterfactualRule } from '@tillcast/core/explaining/counterfactual-rules';
import { type Counterfactual, findCounterfactuals } from '@tillcast/core/explaining/counterfactuals';
import { type GroupBasis, groupContributions, groupFeatures } from '@tillcast/core/explaining/feature-groups';
import { dictionaryOf } from '@tillcast/core/explaining/feature-words';
import { type Lime, openLime } from '@tillcast/core/explaining/lime';
import { openPlausibility, type Plausibility } from '@tillcast/core/explaining/plausibility';
import { type FeaturePair, topPairs } from '@tillcast/core/explaining/top-pairs';
import { topReasons } from '@tillcast/core/explaining/top-reasons';
import { changedColumns, type WhatIf, whatIf } from '@tillcast/core/explaining/what-if';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { BackgroundName, Backgrounds } from '@tillcast/core/scoring/background';
import type { ReferenceProfile } from '@tillcast/core/scoring/bundle';
import type { Ensemble, Explanation } from '@tillcast/core/scoring/ensemble';
import { openBackgroundExplainer } from '@tillcast/core/scoring/explain-against';
import { openPairExplainer, type PairExplainer } from '@tillcast/core/scoring/explain-pairs';
import { type EnsembleExplainer, openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { openRandom } from '@tillcast/core/simulation/random';
import { workerData } from 'piscina';

/** What the thread is opened with. */
export interface DeepWorkerData {
  readonly ensemble: Ensemble;
  readonly reference: ReferenceProfile;
  readonly backgrounds: Backgrounds;
  readonly seed: string;
}

/** One row to explain; `sample` holds rows asked about, which with the bundle's own say what goes together. */
export interface DeepTask {
  readonly row: Float32Array;
  readonly sample: Float32Array;
  readonly lime: boolean;
  /** What to compare with: rows of the bundle; undefined = the training weights inside the trees. */
  readonly background?: BackgroundName | undefined;
  readonly interactions?: boolean | undefined;
  readonly counterfactuals?: {
    readonly probability: number;
    readonly count?: number;
    readonly rules: readonly CounterfactualRule[];
  };
}

/** A LIME explanation as it is told: terms only where it may be shown. */
export interface LimeTold {
  readonly withheld: string | undefined;
  readonly r2: number;
  readonly stability: number;
  readonly samples: number;
  readonly repeats: number;
  readonly terms: readonly { readonly feature: number; readonly condition: string; readonly weight: number }[];
}

export interface DeepAnswer {
  readonly explanation: Explanation;
  readonly basis: GroupBasis;
  readonly groups: readonly { readonly name: string; readonly features: readonly number[]; readonly contribution: number }[];
  readonly lime: LimeTold | undefined;
  readonly agreement: Agreement | undefined;
  readonly counterfactuals: readonly Counterfactual[] | undefined;
  readonly interactions: readonly FeaturePair[] | undefined;
}

/** A row before and after its changes, and with each change alone. */
export interface WhatIfTask {
  readonly before: Float32Array;
  readonly alone: readonly Float32Array[];
  readonly after: Float32Array;
  readonly sample: Float32Array;
}

export interface WhatIfTaskAnswer extends WhatIf {
  readonly plausible: Plausibility;
  readonly plausibleAlone: readonly Plausibility[];
}

const mostTerms = 10;
const mostPairs = 10;
const { ensemble, reference, backgrounds, seed } = workerData as DeepWorkerData;
const names = ensemble.featureNames;
const dictionary = dictionaryOf(featureCatalog);
const explainer = openEnsembleExplainer(ensemble);
const against = new Map<BackgroundName, EnsembleExplainer>();
let pairs: PairExplainer | undefined;
let opened: Lime | undefined;

/** Opened at the first question for it. The caller has seen that the bundle has this background. */
function explainerOf(name: BackgroundName | undefined): EnsembleExplainer {
  const background = name === undefined ? undefined : backgrounds[name];
  if (name === undefined || background === undefined) return explainer;
  const found = against.get(name) ?? openBackgroundExplainer(ensemble, background);
  against.set(name, found);
  return found;
}

function tellPairs(row: Float32Array): readonly FeaturePair[] {
  pairs ??= openPairExplainer(ensemble);
  return topPairs(pairs.explain(row).interactions, names.length, mostPairs);
}

/** Rows the model was fitted on, then rows asked about since. */
function rowsSeen(sample: Float32Array): Float32Array {
  const fitted = backgrounds.training?.rows;
  if (fitted === undefined) return sample;
  const rows = new Float32Array(fitted.length + sample.length);
  rows.set(fitted);
  rows.set(sample, fitted.length);
  return rows;
}

/** Drawn and scored at the first question for it: a model nobody explains costs nothing. */
function lime(): Lime {
  opened ??= openLime(ensemble, reference, { random: openRandom(seed) });
  return opened;
}

function tellLime(row: Float32Array, { contributions }: Explanation): Pick<DeepAnswer, 'lime' | 'agreement'> {
  const { samples, repeats, explain, condition } = lime();
  const { withheld, weights, r2, stability } = explain(row);
  const told = { withheld, r2, stability, samples, repeats };
  if (withheld !== undefined) return { lime: { ...told, terms: [] }, agreement: undefined };
  const terms = topReasons(weights, mostTerms).map((feature) => ({
    feature,
    condition: condition(feature, row[feature]!),
    weight: weights[feature]!,
  }));
  return { lime: { ...told, terms }, agreement: agreementOf(contributions, weights) };
}

/** Everything that is said of one row. */
export function explainDeeply(task: DeepTask): DeepAnswer {
  const { row, lime: wantsLime, counterfactuals } = task;
  const explanation = explainerOf(task.background).explain(row);
  const seen = rowsSeen(task.sample);
  const { basis, groups } = groupFeatures(names, dictionary, seen);
  const sums = groupContributions(groups, explanation.contributions);
  return {
    explanation,
    basis,
    groups: groups.map((group, at) => ({ ...group, contribution: sums[at]! })),
    ...(wantsLime ? tellLime(row, explanation) : { lime: undefined, agreement: undefined }),
    counterfactuals:
      counterfactuals === undefined
        ? undefined
        : findCounterfactuals(ensemble, row, counterfactuals, openPlausibility(reference, names, seen)),
    interactions: task.interactions === true ? tellPairs(row) : undefined,
  };
}

/** Scores a row and its changes, and says which of them look like data. */
export function answerWhatIf({ before, alone, after, sample }: WhatIfTask): WhatIfTaskAnswer {
  const judge = openPlausibility(reference, names, rowsSeen(sample));
  const judged = (row: Float32Array): Plausibility => judge(row, changedColumns(before, row));
  return { ...whatIf(ensemble, before, alone, after), plausible: judged(after), plausibleAlone: alone.map(judged) };
}
