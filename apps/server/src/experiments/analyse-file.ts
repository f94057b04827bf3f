import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import { analyse } from '@tillcast/core/experiments/statistics/analyse';
import { falsePositiveRate } from '@tillcast/core/experiments/statistics/analyse-aa';
import { openRandom } from '@tillcast/core/simulation/random';
import { type AnalysisAnswer, analysisAnswer } from './analyse-answer.ts';
import { planOf } from './analyse-plan.ts';
import { readAnalysisSettings } from './analyse-settings.ts';
import { openUnitFile } from './analyse-units.ts';

export interface AnalyseFileRequest {
  readonly file: string;
  readonly config: string;
  /** Overrides the configuration's. */
  readonly asOf?: string;
  /** Redraws of the variants, to see how often the rule is wrong where nothing differs. */
  readonly aa?: { readonly runs: number; readonly seed: number };
}

/** Analyses a unit table by a configuration. */
export async function analyseFile({
  file,
  config,
  asOf,
  aa,
}: AnalyseFileRequest): Promise<AnalysisAnswer & Record<string, unknown>> {
  const { settings, ignored } = readAnalysisSettings(config);
  const table = await openUnitFile(file);
  const registered = planOf(settings, table.columns);
  const asOfMs = momentOf(asOf ?? settings.as_of);
  const units = await table.read(registered);
  const answer = analysisAnswer(analyse(units, registered.plan, asOfMs));
  const rate = aa && falsePositiveRate(units, registered.plan, { runs: aa.runs, random: openRandom(aa.seed) });
  return {
    ...(settings.experiment_id !== undefined && { experiment_id: settings.experiment_id }),
    ...answer,
    ...(rate !== undefined && { aa: { runs: aa!.runs, false_positive_rate: rate } }),
    ...(ignored.length > 0 && { ignored_settings: ignored }),
  };
}

function momentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseInstant(text) ?? parseInstant(`${text}T23:59:59Z`);
  if (ms === undefined)
    throw new TillcastError('OPTION_INVALID', `as_of is "${text}"; give an instant such as 2026-11-20T00:00:00Z, or a day`);
  return ms;
}
