import type { CompiledRules } from '@tillcast/core/decisions/insights/compile-rules';
import { type FiredInsight, recommend, type Spoken, speak } from '@tillcast/core/decisions/insights/speak';
import type { Activation } from '@tillcast/core/decisions/rules/compile-expression';
import type { FactValue } from '@tillcast/core/decisions/rules/expression';
import type { Assessment } from './assess.ts';
import type { Reasons } from './reasons.ts';
import { type Asking, readerOf } from './rule-facts.ts';
import type { RuleShop, SpokenRules } from './rules.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A length of time as people say it, in the largest unit that is whole; a day is 24 hours. */
export function inWords(ms: number): string {
  const [unitMs, unit] =
    ms % dayMs === 0 && ms > dayMs ? [dayMs, 'day'] : ms % hourMs === 0 ? [hourMs, 'hour'] : [minuteMs, 'minute'];
  const count = Number((ms / unitMs).toFixed(1));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const prefix = 'feature.';
const noFeatures: readonly string[] = [];

/** Fills what a set of rules asks of an answer; NaN and null are not known. */
type Fill = (asking: Asking, row: ArrayLike<number>) => Activation;

function openFill({ asked }: CompiledRules, features: readonly string[], shop: RuleShop): Fill {
  const readings = asked.map((name) =>
    name.startsWith(prefix)
      ? { column: features.indexOf(name.slice(prefix.length)), read: undefined }
      : { column: -1, read: readerOf(name, shop) },
  );
  return (asking, row) => {
    const facts = new Array<FactValue | undefined>(readings.length);
    for (let slot = 0; slot < readings.length; slot++) {
      const { column, read } = readings[slot]!;
      const value = read === undefined ? row[column] : read(asking);
      facts[slot] = value === null || Number.isNaN(value) ? undefined : value;
    }
    return facts;
  };
}

const fills = new WeakMap<CompiledRules, WeakMap<readonly string[], Fill>>();

/** Made once a model and set of rules. */
export function fillOf(rules: CompiledRules, features: readonly string[], shop: RuleShop): Fill {
  const byFeatures = fills.get(rules) ?? new WeakMap<readonly string[], Fill>();
  const known = byFeatures.get(features);
  if (known !== undefined) return known;
  const fill = openFill(rules, features, shop);
  fills.set(rules, byFeatures.set(features, fill));
  return fill;
}

/** What is said of one answer. */
export interface Said {
  readonly recommendation: string;
  readonly insights: FiredInsight[];
}

/** Who is told, and when: then caps count. */
export interface Listener {
  readonly shopper: string;
  readonly nowMs: number;
}

/** What an answer is said with, beside its assessment and its reasons. */
export interface Saying {
  readonly userSegment?: string | undefined;
  /** Absent: nobody is told, and caps do not count. */
  readonly listener?: Listener;
  /** The insight set; undefined: the default. */
  readonly set?: string | undefined;
}

/** Puts an assessment into words by the shop's rules. */
export function sayOf(
  assessment: Assessment,
  reasons: Reasons | undefined,
  rules: SpokenRules,
  { userSegment, listener, set }: Saying = {},
): Said {
  const { insights, recommendations, shop, told } = rules;
  const features = assessment.model?.bundle.ensemble.featureNames ?? noFeatures;
  const { row } = assessment;
  const asking: Asking = { assessment, userSegment, shop };
  const spoken: Spoken = {
    facts: fillOf(insights, features, shop)(asking, row),
    ...{ contributions: reasons?.contributions, set },
    featureValue(name) {
      const value = row[features.indexOf(name)];
      return Number.isNaN(value) ? undefined : value;
    },
    ...(told === undefined || listener === undefined
      ? {}
      : { mayTell: ({ id, cap }) => told.mayTell(listener.shopper, id, cap!, listener.nowMs) }),
  };
  return {
    recommendation:
      recommend(recommendations, fillOf(recommendations, features, shop)(asking, row)) ??
      'No rule has a recommendation for this answer.',
    insights: speak(insights, spoken),
  };
}

/** What the shop's rules would say of an assessment with an insight set, caps apart: the ids of the rules that speak, in their order. */
export function wouldSayOf(
  assessment: Assessment,
  rules: SpokenRules,
  userSegment?: string,
): (set: string | undefined) => string {
  const uncapped = { ...rules, told: undefined };
  return (set) =>
    sayOf(assessment, undefined, uncapped, { userSegment, set })
      .insights.map(({ rule }) => rule)
      .join(' ');
}
