import { type FiredInsight, insightsOf, recommendationOf } from '@tillcast/core/decisions/insights';
import type { Facts, FactValue } from '@tillcast/core/decisions/rule';
import type { Assessment } from './assess.ts';
import type { Reasons } from './reasons.ts';
import type { SpokenRules } from './rules.ts';

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

const noFeatures: readonly string[] = [];

/** Where a feature's fact stands in the row. */
type Column = readonly [key: string, column: number];

/** The facts of all features, and of those that some rule asks for. */
interface FeatureFacts {
  readonly all: readonly Column[];
  readonly asked: readonly Column[];
}

const byRules = new WeakMap<SpokenRules, WeakMap<readonly string[], FeatureFacts>>();

/** Made once a model and set of rules: making the names costs more than filling them, and most features no rule asks for. */
function featureFactsOf(rules: SpokenRules, features: readonly string[]): FeatureFacts {
  const byFeatures = byRules.get(rules) ?? new WeakMap<readonly string[], FeatureFacts>();
  byRules.set(rules, byFeatures);
  const known = byFeatures.get(features);
  if (known !== undefined) return known;
  // Whatever stands in a rule is looked for by name: its condition, the holes of its texts, its evidence.
  const text = JSON.stringify(
    [rules.insights, rules.recommendations].map((list) => list.map(({ examples: _, ...rule }) => rule)),
  );
  const all = features.map((name, column): Column => [`feature.${name}`, column]);
  const made = { all, asked: all.filter(([key]) => text.includes(key)) };
  byFeatures.set(features, made);
  return made;
}

/** What the rules can ask about one assessment. What is not known is absent. */
function factsOf(assessment: Assessment, userSegment: string | undefined, columns: readonly Column[]): Facts {
  const { band, baseRate, question, percentile } = assessment;
  const facts: Record<string, FactValue | undefined> = {
    probability: assessment.probability,
    percentile: percentile ?? undefined,
    top_share: band?.topShare,
    band: band?.name,
    band_rate: band?.rate[0],
    band_low: band?.rate[1],
    band_high: band?.rate[2],
    base_rate: baseRate,
    lift: band !== undefined && baseRate !== undefined && baseRate > 0 ? band.rate[0] / baseRate : undefined,
    target: assessment.target,
    horizon: inWords(assessment.horizonMs),
    horizon_hours: assessment.horizonMs / hourMs,
    rung: assessment.rung,
    price: question.price,
    category: question.category,
    top_category: question.category?.split('.', 1)[0],
    brand: question.brand,
    user_segment: userSegment,
    hour: question.hour,
    day_of_week: question.dayOfWeek,
    is_weekend: question.isWeekend === undefined ? undefined : Number(question.isWeekend),
  };
  for (const [key, column] of columns) facts[key] = assessment.row[column];
  return facts;
}

/** What is said of one answer. */
export interface Said {
  readonly recommendation: string;
  readonly insights: FiredInsight[];
}

/** Puts an assessment into words by the shop's rules. */
export function sayOf(assessment: Assessment, reasons: Reasons | undefined, rules: SpokenRules, userSegment?: string): Said {
  const { all, asked } = featureFactsOf(rules, assessment.model?.bundle.ensemble.featureNames ?? noFeatures);
  // Without reasons nothing but the rules looks at features.
  const facts = factsOf(assessment, userSegment, reasons === undefined ? asked : all);
  return {
    recommendation: recommendationOf(rules.recommendations, facts) ?? 'No rule has a recommendation for this answer.',
    insights: insightsOf(rules.insights, facts, reasons?.contributions ?? new Map()),
  };
}
