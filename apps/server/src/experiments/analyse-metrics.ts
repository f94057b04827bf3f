import type { ExperimentAnalysisSettings } from '@tillcast/api/experiment-analysis';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { isRealised, metricOf } from '@tillcast/core/experiments/metrics';
import type { MetricPlan, MetricRole, MetricShape } from '@tillcast/core/experiments/statistics/plan';

type Settings = Exclude<NonNullable<ExperimentAnalysisSettings['metrics']>[number], string>;

/** A metric whose role is not settled yet. */
interface Draft extends Omit<MetricPlan, 'role'> {
  readonly role?: MetricRole;
}

/** The metrics of an analysis: those named, else conversion and, where the table has it, revenue; exactly one of them is primary. */
export function metricsOf(settings: ExperimentAnalysisSettings, columns: readonly string[]): MetricPlan[] {
  const named = settings.metrics ?? ['conversion', ...(columns.includes('revenue') ? ['revenue'] : [])];
  const drafts = new Map<string, Draft>();
  for (const [at, one] of named.entries()) {
    const draft = draftOf(typeof one === 'string' ? { name: one } : one, `/metrics/${at}`);
    if (drafts.has(draft.name))
      throw invalid(`/metrics/${at}/name`, `"${draft.name}" stands twice; give each metric a name of its own`);
    drafts.set(draft.name, draft);
  }
  const primary = primaryOf(settings, drafts);
  const guardrails = guardrailsIn(settings);
  for (const name of [...(primary === undefined ? [] : [primary]), ...guardrails.keys()])
    if (!drafts.has(name)) drafts.set(name, draftOf({ name }, '/primary_metric'));
  const asked = settings.primary_metric;
  if (asked !== undefined && isOwnWord(asked) && !drafts.has(asked))
    drafts.set(asked, draftOf({ name: asked }, '/primary_metric'));
  return [...drafts.values()].map((draft) => {
    const maxDrop = guardrails.get(draft.name);
    return { ...draft, role: roleOf(draft, primary, guardrails), ...(maxDrop === undefined ? {} : { maxDrop }) };
  });
}

const isOwnWord = (name: string): boolean => {
  const metric = metricOf(name);
  return metric !== undefined && !isRealised(metric);
};

/** `conversion_rate` is conversion; other names are as they are. */
const nameOf = (name: string): string => metricOf(name) ?? name;

/** The metric that decides: never a model's own word. */
function primaryOf(settings: ExperimentAnalysisSettings, drafts: ReadonlyMap<string, Draft>): string | undefined {
  const declared = [...drafts.values()].filter(({ role }) => role === 'primary');
  if (declared.length > 1)
    throw invalid('/metrics', `${declared.map(({ name }) => name).join(' and ')} are both primary; one metric decides, name one`);
  const asked = settings.primary_metric;
  if (asked !== undefined && !isOwnWord(asked)) return nameOf(asked);
  const usable = [...drafts.values()].filter(({ role, name }) => !isOwnWord(name) && (role === undefined || role === 'primary'));
  return declared[0]?.name ?? usable[0]?.name ?? 'conversion';
}

/** The fall that is borne, by guardrail; undefined = none. */
const guardrailsIn = ({ guardrails = [] }: ExperimentAnalysisSettings): ReadonlyMap<string, number | undefined> =>
  new Map(guardrails.map((one) => (typeof one === 'string' ? [nameOf(one), undefined] : [nameOf(one.metric), one.max_drop])));

function roleOf({ name, role }: Draft, primary: string | undefined, guardrails: ReadonlyMap<string, unknown>): MetricRole {
  if (isOwnWord(name)) return 'shown';
  if (name === primary) return 'primary';
  if (guardrails.has(name)) return 'guardrail';
  return role ?? 'secondary';
}

function draftOf(settings: Settings, pointer: string): Draft {
  const name = settings.column === undefined && settings.kind === undefined ? nameOf(settings.name) : settings.name;
  return {
    name,
    better: settings.better ?? 'higher',
    shape: shapeOf(settings, name, pointer),
    ...(settings.role !== undefined && { role: settings.role }),
  };
}

function shapeOf(settings: Settings, name: string, pointer: string): MetricShape {
  const { numerator, denominator, quantile, winsorise } = settings;
  const kind = settings.kind ?? (name === 'conversion' ? 'proportion' : 'mean');
  const column = settings.column ?? name;
  if (kind === 'ratio') {
    if (numerator === undefined || denominator === undefined)
      throw invalid(pointer, 'a ratio needs numerator and denominator, each a column of the table');
    return { kind, numerator, denominator };
  }
  if (kind === 'quantile') {
    if (quantile === undefined) throw invalid(pointer, 'a quantile needs "quantile", such as 0.9');
    return { kind, column, level: quantile };
  }
  if (winsorise === undefined) return { kind, column };
  if (kind === 'proportion') throw invalid(`${pointer}/winsorise`, 'a proportion has no outliers; remove it');
  return { kind, column, cap: { level: winsorise, isPositiveOnly: settings.winsorise_zeros === false } };
}

const invalid = (pointer: string, detail: string) => new TillcastError('INPUT_INVALID', `${pointer}: ${detail}`);
