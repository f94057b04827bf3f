import type { ExplainAnswer, ExplainRequest, LimeAnswer, SeenInData } from '@tillcast/api/explain';
import type { FieldError } from '@tillcast/api/problem';
import { defaultCounterfactualRules, parseCounterfactualRules } from '@tillcast/core/explaining/counterfactual-rules';
import { dictionaryOf } from '@tillcast/core/explaining/feature-words';
import type { Plausibility } from '@tillcast/core/explaining/plausibility';
import { sayReasons } from '@tillcast/core/explaining/say-reasons';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { formatDuration } from '@tillcast/core/learning/duration';
import { type BackgroundName, backgroundNames } from '@tillcast/core/scoring/background';
import type { Target } from '@tillcast/core/scoring/bundle';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { invalidInput } from '../http/problem.ts';
import type { Explain } from '../http/routes/explain.ts';
import { modelRef, onWire } from './answer.ts';
import type { DeepAnswer, DeepTask, LimeTold } from './explain-deep-worker.ts';
import { type AskedModel, askModel, type ExplainerParts } from './explain-question.ts';
import { aboutOf } from './known-now.ts';
import type { LiveModel } from './live-model.ts';
import { reasonsOf } from './reasons.ts';
import { inWords } from './spoken.ts';

const dictionary = dictionaryOf(featureCatalog);
const targetInWords: Readonly<Record<Target, string>> = { item: 'a purchase of this item', session: 'a purchase in this visit' };

/** The order in which parts are told: the largest first. */
const strongestFirst = <T extends { readonly contribution: number }>(parts: readonly T[]): T[] =>
  parts.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));

/** A mark as it goes over the wire. */
export const seenOnWire = (
  { features, oddPairs, pairsChecked, seenInData }: Plausibility,
  names: readonly string[],
): SeenInData => ({
  seen_in_data: seenInData,
  features: features.map(({ feature, seen }) => ({ feature: names[feature]!, seen })),
  odd_pairs: oddPairs.map(([a, b]) => [names[a]!, names[b]!]),
  pairs_checked: pairsChecked,
});

function limeOnWire(lime: LimeTold | undefined, names: readonly string[]): LimeAnswer | null {
  if (lime === undefined) return null;
  const { withheld, terms, ...figures } = lime;
  return {
    status: withheld === undefined ? 'given' : 'withheld',
    ...(withheld === undefined ? {} : { reason: withheld }),
    ...figures,
    terms: terms.map(({ feature, ...term }) => ({ feature: names[feature]!, ...term })),
  };
}

/** The rows a request compares with; undefined = the training weights inside the trees. */
const backgroundOf = ({ method, background }: ExplainRequest): BackgroundName | undefined =>
  method === 'interventional' ? (background ?? 'training') : undefined;

/** What cannot be asked together, or not of this model. */
function faultsOf({ bundle }: LiveModel, request: ExplainRequest): FieldError[] {
  const faults: FieldError[] = [];
  const name = backgroundOf(request);
  if (name === undefined && request.background !== undefined)
    faults.push({ pointer: '/background', detail: 'goes with the method "interventional" only: ask for it, or leave this out' });
  if (name !== undefined && request.interactions === true)
    faults.push({
      pointer: '/interactions',
      detail: 'are told by the method "path_dependent" only: ask for it, or leave them out',
    });
  if (name !== undefined && bundle.backgrounds?.[name] === undefined) {
    const kept = backgroundNames.filter((one) => bundle.backgrounds?.[one] !== undefined);
    const has = kept.length === 0 ? 'none: it was made by an earlier version, train it again' : `those of ${kept.join(', ')}`;
    faults.push({
      pointer: request.background === undefined ? '/method' : '/background',
      detail: `needs rows of "${name}" to compare with, and this model keeps ${has}`,
    });
  }
  return faults;
}

/** The population that contributions compare with, in words. */
function populationOf({ bundle: { manifest, backgrounds } }: LiveModel, request: ExplainRequest): string {
  const name = backgroundOf(request);
  const [from, until] = [manifest.data.fromMs, manifest.data.untilMs].map((ms) => onWire(ms).slice(0, 10));
  const period = `${from} to ${until}`;
  if (name === undefined) return `the model’s training rows, ${period}`;
  const rows = `${backgrounds?.[name]?.rowCount ?? 0} of the model’s training rows`;
  return name === 'buyers' ? `${rows} after which the shopper bought, ${period}` : `${rows} drawn at random, ${period}`;
}

function taskOf({ assessment, model }: AskedModel, asked: ExplainRequest, sample: Float32Array): DeepTask {
  const { counterfactuals } = asked;
  const names = model.bundle.ensemble.featureNames;
  const background = backgroundOf(asked);
  const base = { row: assessment.row, sample, lime: asked.lime ?? true, background, interactions: asked.interactions };
  if (counterfactuals === undefined) return base;
  const { rules, ...wish } = counterfactuals;
  return {
    ...base,
    counterfactuals: {
      ...wish,
      rules:
        rules === undefined
          ? parseCounterfactualRules(defaultCounterfactualRules, names, true)
          : parseCounterfactualRules(rules, names),
    },
  };
}

/** Explains on the model's own thread; the sum of contributions is held against the served score here. */
export function openExplain(parts: ExplainerParts): Explain {
  return async (request) => {
    await parts.look?.([aboutOf(request.request)]);
    const asked = askModel(parts, request.request);
    const faults = faultsOf(asked.model, request);
    if (faults.length > 0) throw invalidInput(faults);
    const task = taskOf(asked, request, parts.sample.of(asked.model));
    return answerOf(asked, request, await parts.desk.of(asked.model).explain(task));
  };
}

function answerOf({ assessment, model, issues }: AskedModel, request: ExplainRequest, deep: DeepAnswer): ExplainAnswer {
  const names = model.bundle.ensemble.featureNames;
  const { row, target, horizonMs, logOdds } = assessment;
  const { explanation, agreement, counterfactuals, interactions } = deep;
  reasonsOf(explanation, names, logOdds);
  const spoken = { names, row, explanation, dictionary, target: targetInWords[target], horizon: inWords(horizonMs) };
  const { audience, headline, reasons, caution } = sayReasons(request.audience ?? 'merchandiser', spoken);
  return {
    purchase_probability: probabilityOf(logOdds),
    log_odds: logOdds,
    base_value: explanation.baseValue,
    method: request.method ?? 'path_dependent',
    background: populationOf(model, request),
    contributions: strongestFirst(
      names.map((feature, at) => ({
        feature,
        description: dictionary(feature)?.description ?? feature,
        unit: dictionary(feature)?.unit ?? null,
        value: Number.isNaN(row[at]!) ? null : row[at]!,
        contribution: explanation.contributions[at]!,
      })),
    ),
    groups: strongestFirst(deep.groups.map((group) => ({ ...group, features: group.features.map((at) => names[at]!) }))),
    grouped_by: deep.basis,
    ...(interactions === undefined
      ? {}
      : {
          interactions: interactions.map(({ features: [a, b], interaction }) => ({
            features: [names[a]!, names[b]!],
            interaction,
          })),
        }),
    lime: limeOnWire(deep.lime, names),
    agreement: agreement ?? null,
    sentences: { audience, headline, reasons: [...reasons], caution },
    ...(counterfactuals === undefined
      ? {}
      : {
          counterfactuals: counterfactuals.map(({ changes, cost, probability, plausibility }) => ({
            changes: changes.map(({ feature, ...change }) => ({ feature: names[feature]!, ...change })),
            cost,
            purchase_probability: probability,
            plausibility: seenOnWire(plausibility, names),
          })),
        }),
    as_of: onWire(assessment.question.asOfMs),
    target,
    horizon: formatDuration(horizonMs),
    model: modelRef(model),
    rung: assessment.rung,
    input_issues: issues,
  };
}
