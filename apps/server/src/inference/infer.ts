import { setImmediate } from 'node:timers/promises';
import type { V2InferRequest, V2InferResponse, V2Model } from '@tillcast/api/v2';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Target } from '@tillcast/core/scoring/bundle';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { scoreRows } from '@tillcast/core/scoring/score-row';
import { HttpRefusal } from '../http/problem.ts';
import type { PredictBatch } from '../http/routes/predict.ts';
import type { Champions } from '../serving/champions.ts';
import type { LiveModel } from '../serving/live-model.ts';
import { batchDeadlineMs, reasonsOf } from '../serving/reasons.ts';
import { type FeatureRows, featureRowsOf } from './feature-rows.ts';
import { areQuestions, questionsOf } from './questions.ts';
import { refuseTensor, type Tensor } from './tensor.ts';

/** One output: as many values as rows × width. */
export interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

/** An answer before it is written. */
export interface Inferred extends Pick<V2InferResponse, 'model_name' | 'model_version'> {
  readonly outputs: readonly Output[];
}

/** What the protocol is answered with. */
export interface Inference {
  /** Raises MODEL_NOT_FOUND where no such model, or another version, serves. */
  describe(name: string, version: string | undefined): V2Model;
  isReady(name: string, version: string | undefined): boolean;
  infer(name: string, version: string | undefined, request: V2InferRequest, tensors: readonly Tensor[]): Promise<Inferred>;
}

const everyOutput = ['probability', 'log_odds', 'prediction_id', 'contributions', 'base_value'] as const;
type OutputName = (typeof everyOutput)[number];
const explaining: readonly string[] = ['contributions', 'base_value'];

/** Rows scored before others get their turn: a few milliseconds of work. */
const scoredAtOnce = 64;

/** Which outputs a request asks for: those it names, else the scores; `parameters.contributions` asks for the reasons as well. */
function wantedBy({ outputs, parameters }: V2InferRequest, byQuestion: boolean): readonly OutputName[] {
  const usual: readonly OutputName[] = ['probability', 'log_odds', ...(byQuestion ? ['prediction_id' as const] : [])];
  const named = (outputs ?? []).map(({ name }, index) => {
    const known = everyOutput.find((one) => one === name);
    if (known === undefined || (known === 'prediction_id' && !byQuestion))
      return refuseTensor(
        `/outputs/${index}/name`,
        `"${name}" is no output; those are ${everyOutput.join(', ')} (prediction_id only for questions)`,
      );
    return known;
  });
  const wanted = new Set<OutputName>(named.length > 0 ? named : usual);
  if (parameters?.contributions === true) for (const name of ['contributions', 'base_value'] as const) wanted.add(name);
  return [...wanted];
}

async function score({ bundle: { ensemble } }: LiveModel, { rows, rowCount }: FeatureRows): Promise<number[]> {
  const width = ensemble.featureNames.length;
  const logOdds: number[] = [];
  for (let from = 0; from < rowCount; from += scoredAtOnce) {
    if (from > 0) await setImmediate();
    const count = Math.min(scoredAtOnce, rowCount - from);
    logOdds.push(...scoreRows(ensemble, rows.subarray(from * width, (from + count) * width), count).logOdds);
  }
  return logOdds;
}

async function explain({ explainer, bundle }: LiveModel, { rows, rowCount }: FeatureRows, logOdds: readonly number[]) {
  const names = bundle.ensemble.featureNames;
  const explained = await explainer.explain(rows, rowCount, batchDeadlineMs);
  if (explained === undefined)
    throw new TillcastError('EXPLANATION_LATE', 'the contributions were not ready in time; ask for fewer rows, or without them');
  const reasons = explained.map((one, row) => {
    if (one === undefined) throw new TillcastError('EXPLANATION_BROKEN', `row ${row} could not be explained`);
    return reasonsOf(one, names, logOdds[row]!);
  });
  return {
    contributions: reasons.flatMap(({ contributions }) => [...contributions.values()]),
    base_value: reasons.map(({ baseValue }) => baseValue),
  };
}

/** Opens the protocol over the champions; questions go the way of `POST /v1/predict/batch`, and are logged like them. */
export function openInference({ champions, predictBatch }: { champions: Champions; predictBatch: PredictBatch }): Inference {
  function find(name: string, version: string | undefined): LiveModel | undefined {
    const model = name === 'item' || name === 'session' ? champions.of(name satisfies Target) : undefined;
    return version === undefined || model?.bundle.manifest.version === version ? model : undefined;
  }

  function served(name: string, version: string | undefined): LiveModel {
    const model = find(name, version);
    if (model !== undefined) return model;
    const which = version === undefined ? '' : ` in version "${version.slice(0, 80)}"`;
    throw new TillcastError(
      'MODEL_NOT_FOUND',
      `no model "${name.slice(0, 80)}"${which} serves here; the models are item and session, each in the version of its champion`,
    );
  }

  async function byRows(model: LiveModel, tensors: readonly Tensor[], wanted: readonly OutputName[]): Promise<Output[]> {
    const rows = featureRowsOf(tensors, model.bundle.ensemble.featureNames);
    const logOdds = await score(model, rows);
    const reasons = wanted.some((name) => explaining.includes(name)) ? await explain(model, rows, logOdds) : undefined;
    const values: Readonly<Record<string, readonly number[]>> = {
      probability: logOdds.map(probabilityOf),
      log_odds: logOdds,
      ...reasons,
    };
    return wanted.map((name) => ({ name, shape: shapeOf(name, rows.rowCount, model), values: values[name]! }));
  }

  async function byQuestions(model: LiveModel, tensors: readonly Tensor[], wanted: readonly OutputName[]): Promise<Output[]> {
    const names = model.bundle.ensemble.featureNames;
    const isExplained = wanted.some((name) => explaining.includes(name));
    const requests = questionsOf(tensors, { target: model.target, explain: isExplained });
    const { predictions } = await predictBatch({ requests });
    const answers = predictions.map(({ index, prediction, problem }) => {
      if (prediction === undefined) throw new HttpRefusal('INPUT_INVALID', `row ${index}: ${problem?.detail ?? 'no answer'}`);
      if (isExplained && prediction.base_value === null)
        throw new TillcastError('EXPLANATION_LATE', `the contributions of row ${index} were not ready in time; ask again`);
      return prediction;
    });
    const values: Readonly<Record<OutputName, () => readonly (number | string)[]>> = {
      probability: () => answers.map(({ purchase_probability }) => purchase_probability),
      log_odds: () => answers.map(({ log_odds }) => log_odds),
      prediction_id: () => answers.map(({ prediction_id }) => prediction_id),
      contributions: () => answers.flatMap(({ feature_contributions: given }) => names.map((name) => given[name] ?? 0)),
      base_value: () => answers.map(({ base_value }) => base_value!),
    };
    return wanted.map((name) => ({ name, shape: shapeOf(name, answers.length, model), values: values[name]() }));
  }

  return {
    isReady: (name, version) => find(name, version) !== undefined,
    describe(name, version) {
      const { bundle } = served(name, version);
      const names = bundle.ensemble.featureNames;
      return {
        name,
        versions: [bundle.manifest.version],
        platform: 'tillcast_ensemble',
        inputs: names.map((feature) => ({ name: feature, datatype: 'FP32', shape: [-1, 1] })),
        outputs: everyOutput
          .filter((output) => output !== 'prediction_id')
          .map((output) => ({ name: output, datatype: 'FP64', shape: output === 'contributions' ? [-1, names.length] : [-1] })),
      };
    },
    async infer(name, version, request, tensors) {
      const model = served(name, version);
      const byQuestion = areQuestions(tensors);
      const wanted = wantedBy(request, byQuestion);
      const outputs = await (byQuestion ? byQuestions : byRows)(model, tensors, wanted);
      return { model_name: name, model_version: model.bundle.manifest.version, outputs };
    },
  };
}

const shapeOf = (name: OutputName, rowCount: number, { bundle }: LiveModel): number[] =>
  name === 'contributions' ? [rowCount, bundle.ensemble.featureNames.length] : [rowCount];
