import { readFileSync } from 'node:fs';
import { posteriorOf } from '@tillcast/core/experiments/statistics/bayesian';
import { compare, deltaInterval, type WithInterval, whyNotMeasurable } from '@tillcast/core/experiments/statistics/compare';
import { adjustedEstimate, pooledTheta } from '@tillcast/core/experiments/statistics/cuped';
import { type Estimate, meanEstimate, proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { firstEstimate, linearised } from '@tillcast/core/experiments/statistics/linearised';
import { momentsOfSums } from '@tillcast/core/experiments/statistics/moments';
import { clusterInflation, quantileEstimate } from '@tillcast/core/experiments/statistics/quantile-estimate';
import { sequentialTest } from '@tillcast/core/experiments/statistics/sequential';
import { welchTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { describe, expect, it } from 'vitest';

type Arm = Record<string, number> & Record<'m' | 'd' | 'post' | 'pre', Record<string, number>>;
interface Answer {
  readonly expected: number;
  readonly ci: readonly [number, number];
  readonly error: string | null;
  readonly p_value?: number;
  readonly chance_to_win?: number;
  readonly risk?: readonly [number, number];
}
interface Case {
  readonly name: string;
  readonly kind: string;
  readonly arms: readonly [Arm, Arm];
  readonly level?: number;
  readonly answers: Readonly<Record<string, Answer>>;
}

const root = new URL('../../../../../fixtures/statistics/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('gbstats.json', root), 'utf8')) as { cases: readonly Case[] };

const moments = (arm: Arm, x: Record<string, number>, y: Record<string, number>) =>
  momentsOfSums(arm.n!, [x.sum!, y.sum!], [x.sum_squares ?? x.sum!, arm.products!, arm.products!, y.sum_squares!]);

function cuped(arms: readonly [Arm, Arm], kind: 'mean' | 'proportion'): Estimate[] {
  const both = arms.map((arm) => moments(arm, kind === 'mean' ? arm.post : { sum: arm.post.sum! }, arm.pre));
  const outcome = { column: 0, kind };
  const covariates = [{ column: 1, kind: 'mean' as const }];
  const theta = pooledTheta(both, outcome, covariates);
  return both.map((one) => adjustedEstimate(one, outcome, covariates, theta));
}

const quantile = (arm: Arm, level: number, inflation?: number): Estimate =>
  quantileEstimate(
    {
      ...{ n: arm.n!, boundsAt: arm.n_star!, level },
      ...{ value: arm.quantile_hat!, low: arm.quantile_lower!, high: arm.quantile_upper! },
    },
    inflation,
  );

const clustered = (arm: Arm, level: number): Estimate =>
  quantile(
    arm,
    level,
    clusterInflation(
      {
        ...{ clusters: arm.n_clusters!, below: arm.main_sum!, belowSquares: arm.main_sum_squares! },
        ...{ count: arm.denominator_sum!, countSquares: arm.denominator_sum_squares! },
        products: arm.main_denominator_sum_product!,
      },
      level,
      arm.n!,
    ),
  );

const estimates: Readonly<Record<string, (one: Case) => Estimate[]>> = {
  proportion: ({ arms }) => arms.map(({ n, sum }) => proportionEstimate(n!, sum!)),
  mean: ({ arms }) => arms.map(({ n, sum, sum_squares }) => meanEstimate(momentsOfSums(n!, [sum!], [sum_squares!]), 0, 'mean')),
  ratio: ({ arms }) =>
    arms.map((arm) => firstEstimate(linearised(moments(arm, arm.m, arm.d), [{ numerator: 0, denominator: 1 }]))),
  cuped_mean: ({ arms }) => cuped(arms, 'mean'),
  cuped_proportion: ({ arms }) => cuped(arms, 'proportion'),
  quantile: ({ arms, level }) => arms.map((arm) => quantile(arm, level!)),
  clustered_quantile: ({ arms, level }) => arms.map((arm) => clustered(arm, level!)),
};

const near = (ours: number, theirs: number) =>
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(theirs)));
function nearAll(ours: WithInterval, { expected, ci }: Answer): void {
  for (const [at, theirs] of [expected, ...ci].entries()) near(ours[at]!, theirs);
}

const testOf = (name: string) => {
  const tuning = /sequential_\w+_(\d+)$/.exec(name)?.[1];
  if (tuning !== undefined) return sequentialTest(0.05, { kind: 'confidence_sequence', tunedUnits: Number(tuning) });
  return welchTest(name.endsWith('alpha_01') ? 0.01 : 0.05);
};

function check(name: string, answer: Answer, [control, treatment]: readonly Estimate[]): void {
  const isRelative = name.includes('relative');
  if (name.startsWith('bayesian')) {
    const prior = name.endsWith('prior') ? { mean: 0.01, variance: 0.09 } : undefined;
    const posterior = posteriorOf(control!, treatment!, isRelative ? 'lift' : 'difference', 0.05, prior);
    nearAll(posterior.effect, answer);
    near(posterior.chanceToWin, answer.chance_to_win!);
    // gbstats gives what is lost by each choice in the order control wins, treatment wins.
    near(posterior.lossIfKept, answer.risk![0]);
    near(posterior.lossIfShipped, answer.risk![1]);
    return;
  }
  const compared = compare(control!, treatment!, testOf(name));
  // Near 0 ours is Fieller's; gbstats knows the delta method alone, which is compared there.
  const { critical } = testOf(name)(control!, treatment!);
  const lift = compared.liftBy === 'delta' ? compared.relativeLift! : deltaInterval(control!, treatment!, critical);
  nearAll(isRelative ? lift : compared.difference, answer);
  // gbstats divides a relative difference by its own standard error; the p-value of ours is the difference's.
  if (!isRelative) near(compared.pValue, answer.p_value!);
}

describe.each(cases)('gbstats: $kind, $name', (one) => {
  it.each(Object.keys(one.answers))('%s', (name) => {
    const answer = one.answers[name]!;
    const both = estimates[one.kind]!(one);
    expect(answer.error).toBeNull();
    expect(whyNotMeasurable(both[0]!, both[1]!)).toBeUndefined();
    check(name, answer, both);
  });
});

it('would notice a wrong variance', () => {
  const [one] = cases;
  const wrong = estimates.proportion!(one!).map((estimate) => ({ ...estimate, variance: estimate.variance * 1.001 }));
  expect(() => check('fixed_absolute', one!.answers.fixed_absolute!, wrong)).toThrow();
});
