import { type GuardrailStand, guardrailStand } from '../guardrail.ts';
import type { Comparison, SplitResult, Verdict } from './analysis.ts';
import type { Compared } from './compare.ts';
import type { AnalysisPlan, MetricPlan } from './plan.ts';
import { sayEffect, sayMore } from './say-verdict.ts';
import { unitsForPlan } from './units-more.ts';

/** What the rule is applied to. */
export interface Evidence {
  readonly comparisons: readonly Comparison[];
  readonly split: SplitResult;
  /** Units over all arms that the comparisons rest on. */
  readonly units: number;
  /** Of all units exposed, the share that these are; absent = all. */
  readonly share?: number;
  /** Whole and part days of exposures; absent = not known. */
  readonly days?: number;
}

/**
 * The registered rule. First a wrong split stops everything, for then no figure means what it says; a model test that nothing acts upon has nothing
 * to decide; a broken guardrail (`guardrailStand`) stops its variant. Then the primary metric: significantly better (Holm over the variants) ships, significantly
 * worse stops; a fixed test waits for its planned end, an always-valid one does not; at the end without an effect worth knowing it stops.
 * A guardrail with a bound that is not shown to hold yet keeps nothing from being shipped, and is named where something is.
 */
export function decide(evidence: Evidence, plan: AnalysisPlan): Verdict {
  const { split, comparisons } = evidence;
  if (split.isAlarm) return { action: 'stop', text: saySplit(split) };
  if (plan.models?.hasAction === false)
    return {
      action: 'stop',
      text: 'stop: the variants are models, and nothing a shopper sees follows from their scores; this is an A/A test, and cannot show which model is better for the shop. Let an action depend on the score',
    };
  const primary = comparisons.filter(({ metric }) => metric.role === 'primary');
  if (primary.length === 0)
    return { action: 'not_yet', text: 'not yet: there is no variant to compare with control, or no primary metric' };
  const each = primary.map((one) => decideVariant(one, evidence, plan, primary.length));
  const winners = each.filter(({ action }) => action === 'ship');
  const best = winners.toSorted((a, b) => b.gain - a.gain)[0];
  // What waits for its minimum run alone is told first: it is what will be done. Else what waits longest.
  const waiting = each
    .filter(({ action }) => action === 'not_yet')
    .toSorted((a, b) => leadOf(b) - leadOf(a) || (b.unitsMore ?? 0) - (a.unitsMore ?? 0))[0];
  const { gain: _gain, isClear: _isClear, ...verdict } = best ?? waiting ?? each[0]!;
  const others = each.filter(
    ({ text }) => text !== verdict.text && !(best === undefined && waiting !== undefined && text.startsWith('not yet')),
  );
  return { ...verdict, text: [verdict.text, ...others.map(({ text }) => text)].join('; ') };
}

interface Decided extends Verdict {
  /** The effect on the better side, relative where it can be. */
  readonly gain: number;
  /** It is shown, and waits for the minimum run alone. */
  readonly isClear?: boolean;
}

const leadOf = ({ gain, isClear = false }: Decided): number => (isClear && gain > 0 ? gain : 0);

const saySplit = ({ check, daily, counts, weights }: SplitResult): string => {
  const when = daily?.firstAlarmDay === undefined ? '' : `, since day ${daily.firstAlarmDay}`;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => `${((100 * weight) / total).toFixed(1)} %`).join(' : ');
  return `stop: the split is wrong${when}: ${counts.map((count) => count.toLocaleString('en')).join(' : ')} units where ${shares} was designed (p = ${check.pValue.toExponential(1)}). Units are lost or counted twice in an arm; find where before believing any figure`;
};

function decideVariant(comparison: Comparison, evidence: Evidence, plan: AnalysisPlan, variants: number): Decided {
  const { variant, metric, figures } = comparison;
  if (figures === undefined)
    return {
      gain: 0,
      action: 'not_yet',
      text: `not yet: ${metric.name} of ${variant} is not measurable: ${comparison.notMeasurable}`,
    };
  const { alpha } = plan.assurance;
  const gain = goodSide(comparison, figures.decisive);
  const effect = sayEffect(metric, figures.decisive, alpha);
  const { harmed, open } = guardrailsOf(evidence.comparisons, variant, alpha);
  if (harmed !== undefined) return { gain, action: 'stop', text: `stop ${variant}: it harms a guardrail: ${harmed}` };
  const wait = whatIsMissing(figures.decisive, evidence, plan, variants);
  const isClear = figures.holm <= alpha;
  const needsEnd = plan.method.kind === 'fixed' && plan.plannedUnits !== undefined;
  if (isClear && !wait.daysShort && !(needsEnd && wait.unitsMore > 0)) {
    if (gain > 0) return { gain, action: 'ship', variant, text: [`ship ${variant}: ${effect}`, ...open].join('; ') };
    return { gain, action: 'stop', text: `stop ${variant}: it is worse than control: ${effect}` };
  }
  if (isClear && wait.daysShort && !needsEnd) {
    const days = Math.ceil(plan.minimumDays - evidence.days!);
    return {
      ...{ gain, isClear, action: 'not_yet', daysMore: days },
      text: `not yet: clear, but the minimum run of ${plan.minimumDays} days is not over: ${days} more for ${variant}; so far ${effect}`,
    };
  }
  if (wait.unitsMore > 0 || wait.daysShort)
    return {
      gain,
      action: 'not_yet',
      text: `not yet: ${sayMore(wait.unitsMore, wait.daysMore, { share: evidence.share, isLeast: wait.isLeast })} for ${variant}; so far ${effect}`,
      ...(Number.isFinite(wait.unitsMore) && { unitsMore: wait.unitsMore }),
      ...(wait.daysMore !== undefined && { daysMore: wait.daysMore }),
    };
  const least = `${(100 * plan.minimumLift).toFixed(1)} %`;
  return {
    gain,
    action: 'stop',
    text: `stop ${variant}: enough shoppers were seen for a lift of ${least}, and none is proven: ${effect}`,
  };
}

const goodSide = ({ metric }: Comparison, { difference, relativeLift }: Compared): number =>
  (metric.better === 'higher' ? 1 : -1) * (relativeLift ?? difference)[0];

/** The first guardrail of a variant that is broken, and those with a bound that are not shown to hold yet, in words. */
function guardrailsOf(comparisons: readonly Comparison[], variant: string, alpha: number) {
  const open: string[] = [];
  for (const one of comparisons) {
    const { metric, figures } = one;
    if (one.variant !== variant || figures === undefined) continue;
    const stand = standOf(metric, figures.decisive);
    const effect = sayEffect(metric, figures.decisive, alpha);
    const borne = metric.maxDrop === undefined ? '' : `${Number((100 * metric.maxDrop).toFixed(1))} % is borne`;
    if (stand === 'broken') return { harmed: [effect, ...(borne === '' ? [] : [borne])].join('; '), open };
    if (stand === 'open' && borne !== '' && metric.role !== 'primary')
      open.push(`not known yet whether it keeps ${metric.name}: ${effect}; ${borne}`);
  }
  return { harmed: undefined, open };
}

/** How a comparison stands as a guardrail; undefined: it is none. Without a bound any proven fall breaks it; with one it is open while its lift has no interval. */
export function standOf(
  { role, better, maxDrop }: MetricPlan,
  { difference, relativeLift }: Compared,
): GuardrailStand | undefined {
  if (role !== 'guardrail' && maxDrop === undefined) return undefined;
  const bound = maxDrop ?? 0;
  const change = bound === 0 ? difference : relativeLift;
  if (change === null) return 'open';
  const [value, low, high] = change;
  return guardrailStand(better === 'higher' ? [value, low, high] : [-value, -high, -low], bound);
}

interface Missing {
  readonly unitsMore: number;
  readonly daysMore?: number;
  readonly daysShort: boolean;
  /** The days are those of the minimum run: less than a day says nothing of how many units come in one. */
  readonly isLeast: boolean;
}

function whatIsMissing(decisive: Compared, { units, days }: Evidence, plan: AnalysisPlan, variants: number): Missing {
  const more = Math.max(0, unitsForPlan(decisive, units, plan, variants) - units);
  if (days === undefined) return { unitsMore: more, daysShort: false, isLeast: false };
  const perDay = units / Math.max(days, 1);
  const short = Math.max(0, plan.minimumDays - days);
  // A minimum run that is not over brings its own shoppers.
  const unitsMore = Math.max(more, Math.round(short * perDay));
  const isLeast = days < 1;
  const daysMore = isLeast ? Math.ceil(short) : Math.max(Math.ceil(more / perDay), Math.ceil(short));
  return { unitsMore, daysShort: short > 0, isLeast, ...(daysMore > 0 && Number.isFinite(daysMore) && { daysMore }) };
}
