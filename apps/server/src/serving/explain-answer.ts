import type { ExplainAnswer, ExplainRequest, LimeAnswer, SeenInData } from '@tillcast/api/explain';
import { defaultCounterfactualRules, parseCounterfactualRules } from '@tillcast/core/explaining/counterfactual-rules';
import { dictionaryOf } from '@tillcast/core/explaining/feature-words';
import type { Plausibility } from '@tillcast/core/explaining/plausibility';
import { sayReasons } from '@tillcast/core/explaining/say-reasons';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { formatDuration } from '@tillcast/core/learning/duration';
import type { Target } from '@tillcast/core/scoring/bundle';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import type { Explain } from '../http/routes/explain.ts';
import { modelRef, onWire } from './answer.ts';
import type { DeepAnswer, DeepTask, LimeTold } from './explain-deep-worker.ts';
import { type AskedModel, askModel, type ExplainerParts } from './explain-question.ts';
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

function taskOf({ assessment, model }: AskedModel, asked: ExplainRequest, sample: Float32Array): DeepTask {
  const { counterfactuals } = asked;
  const names = model.bundle.ensemble.featureNames;
  const base = { row: assessment.row, sample, lime: asked.lime ?? true };
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
    const asked = askModel(parts, request.request);
    const task = taskOf(asked, request, parts.sample.of(asked.model));
    return answerOf(asked, request, await parts.desk.of(asked.model).explain(task));
  };
}

function answerOf({ assessment, model, issues }: AskedModel, request: ExplainRequest, deep: DeepAnswer): ExplainAnswer {
  const { manifest, ensemble } = model.bundle;
  const names = ensemble.featureNames;
  const { row, target, horizonMs, logOdds } = assessment;
  const { explanation, agreement, counterfactuals } = deep;
  reasonsOf(explanation, names, logOdds);
  const [from, until] = [manifest.data.fromMs, manifest.data.untilMs].map((ms) => onWire(ms).slice(0, 10));
  const spoken = { names, row, explanation, dictionary, target: targetInWords[target], horizon: inWords(horizonMs) };
  const { audience, headline, reasons, caution } = sayReasons(request.audience ?? 'merchandiser', spoken);
  return {
    purchase_probability: probabilityOf(logOdds),
    log_odds: logOdds,
    base_value: explanation.baseValue,
    background: `the model’s training rows, ${from} to ${until}`,
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
