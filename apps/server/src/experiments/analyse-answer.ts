import type { Analysis, Comparison, Figures } from '@tillcast/core/experiments/statistics/analysis';
import type { Compared } from '@tillcast/core/experiments/statistics/compare';
import { standOf } from '@tillcast/core/experiments/statistics/verdict';

const figure = ({ difference, relativeLift, liftBy, pValue }: Compared) => ({
  difference,
  relative_lift: relativeLift,
  ...(liftBy === 'fieller' && { relative_lift_by: liftBy }),
  p_value: pValue,
});

function figuresAnswer(figures: Figures) {
  const { fixed, alwaysValid, cuped, posterior, holm, falseDiscovery, cap } = figures;
  return {
    ...figure(fixed),
    p_value_holm: holm,
    p_value_bh: falseDiscovery,
    ...(alwaysValid !== undefined && { always_valid: figure(alwaysValid) }),
    ...(cuped !== undefined && {
      cuped: { ...figure(cuped.compared), variance_ratio: cuped.varianceRatio, covariates: cuped.covariates },
    }),
    ...(posterior !== undefined && {
      chance_to_win: posterior.chanceToWin,
      expected_loss: { if_shipped: posterior.lossIfShipped, if_kept: posterior.lossIfKept },
    }),
    ...(cap !== undefined && { capped_at: cap }),
  };
}

/** How a guardrail stands; nothing of a metric that is none. */
function guardrailAnswer(metric: Comparison['metric'], { decisive }: Figures) {
  const state = standOf(metric, decisive);
  return state === undefined ? {} : { guardrail: { max_drop: metric.maxDrop ?? 0, state } };
}

const comparisonAnswer = ({ variant, metric, notMeasurable, figures }: Comparison) => ({
  ...{ variant, metric: metric.name, role: metric.role },
  ...(figures !== undefined && guardrailAnswer(metric, figures)),
  ...(figures === undefined
    ? {
        difference: null,
        relative_lift: null,
        p_value: null,
        ...(notMeasurable !== undefined && { not_measurable: notMeasurable }),
      }
    : figuresAnswer(figures)),
});

/** An analysis as it is said: snake case, `[value, low, high]`, null where something is not measurable. `mean` is the primary metric's. */
export function analysisAnswer(analysis: Analysis) {
  const { arms, comparisons, split, excluded, triggered, days, asOfMs, notes, verdict } = analysis;
  const primary = comparisons.find(({ metric }) => metric.role === 'primary')?.metric.name;
  const chief = primary ?? Object.keys(arms[0]!.means)[0]!;
  return {
    variants: Object.fromEntries(
      arms.map(({ name, n, means, intervals }) => [
        name,
        { n, mean: means[chief] ?? null, interval: intervals[chief] ?? null, means },
      ]),
    ),
    control: arms[0]!.name,
    comparisons: comparisons.map(comparisonAnswer),
    srm: {
      p_value: split.check.pValue,
      alarm: split.isAlarm,
      deviation: split.check.deviation,
      observed: split.counts,
      designed: split.weights,
      ...(split.daily !== undefined && {
        daily: {
          looks: split.daily.looks,
          alarm: split.daily.isAlarm,
          ...(split.daily.firstAlarmDay !== undefined && { first_alarm_day: split.daily.firstAlarmDay }),
        },
      }),
    },
    verdict: verdict.text,
    decision: {
      action: verdict.action,
      ...(verdict.variant !== undefined && { variant: verdict.variant }),
      ...(verdict.unitsMore !== undefined && { units_more: verdict.unitsMore }),
      ...(verdict.daysMore !== undefined && { days_more: verdict.daysMore }),
    },
    excluded,
    ...(triggered !== undefined && { triggered }),
    ...(days !== undefined && { days: Number(days.toFixed(3)) }),
    ...(asOfMs !== undefined && { as_of: new Date(asOfMs).toISOString() }),
    notes,
  };
}

export type AnalysisAnswer = ReturnType<typeof analysisAnswer>;
