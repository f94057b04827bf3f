import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Explanation } from '@tillcast/core/scoring/ensemble';
import type { Metrics } from '../http/metrics.ts';
import type { Assessment } from './assess.ts';
import type { LiveModel } from './live-model.ts';

/** Why an answer is what it is: base value + Σ contributions = log-odds. */
export interface Reasons {
  readonly baseValue: number;
  readonly contributions: ReadonlyMap<string, number>;
  /** True where they were found for the same row before. */
  readonly cached?: boolean;
}

/** The largest allowed gap between the served log-odds and the sum of its parts. */
export const additivityTolerance = 1e-9;

/** How long one question waits for its contributions before it is answered without them. */
export const questionDeadlineMs = 250;
/** The same for a batch, which brings more work at once. */
export const batchDeadlineMs = 5_000;

/** Explains assessments, all of one tenant; undefined for those whose contributions were not ready in time or did not add up. */
export type FindReasons = (assessments: readonly Assessment[], deadlineMs: number) => Promise<(Reasons | undefined)[]>;

/** The contributions by name; raises EXPLANATION_BROKEN when they do not add up to what was served. */
export function reasonsOf({ baseValue, contributions }: Explanation, names: readonly string[], servedLogOdds: number): Reasons {
  const sum = contributions.reduce((total, contribution) => total + contribution, baseValue);
  if (!(Math.abs(sum - servedLogOdds) <= additivityTolerance)) {
    throw new TillcastError(
      'EXPLANATION_BROKEN',
      `Σ contributions + base value = ${sum}, the served log-odds are ${servedLogOdds}`,
    );
  }
  return { baseValue, contributions: new Map(names.map((name, index) => [name, contributions[index]!])) };
}

function stack(assessments: readonly Assessment[], width: number): Float32Array {
  const rows = new Float32Array(assessments.length * width);
  for (const [index, { row }] of assessments.entries()) rows.set(row, index * width);
  return rows;
}

const onPrior = ({ logOdds }: Assessment): Reasons => ({ baseValue: logOdds, contributions: new Map() });

/** Asks each model's threads for the contributions of its rows. */
export function openFindReasons(metrics: Metrics, onBroken: (error: unknown) => void): FindReasons {
  async function explainModel(
    model: LiveModel,
    assessments: readonly Assessment[],
    deadlineMs: number,
  ): Promise<(Reasons | undefined)[]> {
    const names = model.bundle.ensemble.featureNames;
    const { tenant } = assessments[0]!.question;
    const explained = await model.explainer.explain(stack(assessments, names.length), assessments.length, deadlineMs, tenant);
    for (const one of explained ?? []) if (one !== undefined) metrics.explanationCache.inc({ outcome: one.from });
    const given = explained?.filter((one) => one !== undefined).length ?? 0;
    metrics.explanations.inc({ outcome: 'given' }, given);
    metrics.explanations.inc({ outcome: explained === undefined ? 'late' : 'broken' }, assessments.length - given);
    return assessments.map(({ logOdds }, index) => {
      const one = explained?.[index];
      if (one === undefined) return undefined;
      try {
        return { ...reasonsOf(one, names, logOdds), cached: one.from !== 'miss' };
      } catch (error) {
        metrics.explanations.inc({ outcome: 'broken' });
        onBroken(error);
        return undefined;
      }
    });
  }

  return async (assessments, deadlineMs) => {
    const found = new Map<Assessment, Reasons | undefined>();
    const byModel = Map.groupBy(assessments, ({ model }) => model);
    await Promise.all(
      [...byModel].map(async ([model, group]) => {
        const reasons = model === undefined ? group.map(onPrior) : await explainModel(model, group, deadlineMs);
        for (const [index, assessment] of group.entries()) found.set(assessment, reasons[index]);
      }),
    );
    return assessments.map((assessment) => found.get(assessment));
  };
}
