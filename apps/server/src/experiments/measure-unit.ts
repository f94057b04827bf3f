import type { Exposure } from '@tillcast/core/ports/exposure-log';
import { bandOf } from '@tillcast/core/scoring/reference';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import type { Assessment } from '../serving/assess.ts';
import { type LiveModel, projectRow } from '../serving/live-model.ts';
import type { LiveExperiment } from './running.ts';

/** Log-odds of a row by a model; undefined where it fails, as it would have when it was to serve. */
export function logOddsBy({ columns, bundle }: LiveModel, catalogueRow: Float32Array): number | undefined {
  try {
    const { logOdds } = scoreRow(bundle.ensemble, projectRow(columns, catalogueRow));
    return Number.isFinite(logOdds) ? logOdds : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What every unit of a model experiment is measured by, the same for all variants and for who is held out: the score of the control's model, and whether any
 * two variants would put this shopper into different bands, which is what rules and people act upon.
 */
export function measureUnit({ experiment, models }: LiveExperiment, { catalogueRow }: Assessment): Partial<Exposure> {
  const scored = [...models].flatMap(([name, model]) => {
    const logOdds = logOddsBy(model, catalogueRow);
    return logOdds === undefined ? [] : [{ name, logOdds, band: bandOf(model.bundle.reference, logOdds)?.name }];
  });
  const control = scored.find(({ name }) => name === experiment.control);
  if (control === undefined) return {};
  return { baseScore: control.logOdds, differs: new Set(scored.map(({ band }) => band)).size > 1 };
}
