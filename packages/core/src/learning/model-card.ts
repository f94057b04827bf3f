import type { Target } from '../scoring/bundle.ts';
import type { MemberName } from '../scoring/ensemble.ts';
import { latencySection, type ServedCost } from './card-latency.ts';
import { count, figure, moment, percent, table, withInterval } from './card-text.ts';
import type { BlendEntry, Entry, EvaluationReport } from './evaluation-report.ts';
import { describeFidelity } from './forest-fidelity.ts';

/** What the card says besides the report. */
export interface CardFacts {
  readonly target: Target;
  /** ISO 8601, such as PT24H. */
  readonly horizon: string;
  readonly label: 'label' | 'label_net';
  readonly version?: string;
  readonly createdAt: string;
  readonly timeZone: string;
  readonly seed: number;
  readonly data: {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly events: number;
    readonly rows: number;
    readonly positives: number;
  };
  readonly featureCount: number;
  /** What the served ensemble costs a row, and what a cost unit is worth where it was trained. */
  readonly served?: ServedCost;
  readonly members: readonly {
    readonly name: MemberName;
    readonly rounds: number;
    readonly trials: number;
    readonly library: string;
  }[];
}

/** The model card, in Markdown: what is predicted, how well, for whom, and where it ends. */
export function modelCard(report: EvaluationReport, facts: CardFacts): string {
  const chosen = report.blends.find(({ name }) => name === report.chosen)!;
  return [
    `# Model card: ${facts.target}${facts.version === undefined ? '' : `, version ${facts.version}`}`,
    inShort(report, facts, chosen),
    prediction(facts),
    dataSection(report, facts),
    leaderboardSection(report),
    calibrationSection(report, chosen),
    liftSection(chosen),
    slicesSection(report),
    makingSection(report, facts, chosen),
    ...(report.latency === undefined ? [] : [latencySection(report.latency, facts.served)]),
    limitsSection(report, chosen),
  ].join('\n\n');
}

function inShort(
  { beatsBaselines, windows }: EvaluationReport,
  { horizon }: CardFacts,
  { metrics, logLossAgainst }: BlendEntry,
): string {
  const test = windows.test!;
  const { low, high } = logLossAgainst.constant;
  const against = high < 0 ? 'better than' : low > 0 ? 'worse than' : 'not clearly different from';
  return [
    '## In short',
    '',
    `Of ${count(test.rows)} questions in the test window, ${percent(test.positives / test.rows)} were followed by a purchase within ${horizon}. ` +
      `Those in the top 5 % of scores were ${withInterval(metrics.liftAt5, 1)} times as likely to buy as all. ` +
      `Taken as probabilities, the scores are ${against} quoting the base rate to everyone ` +
      `(difference in log loss ${withInterval(logLossAgainst.constant, 5)}; below zero is better).`,
    '',
    beatsBaselines.promoted
      ? 'The gate against the baselines is passed.'
      : 'The gate against the baselines is **not** passed: this model is not to be promoted.',
    '',
    ...beatsBaselines.reasons.map((reason) => `- ${reason}`),
  ].join('\n');
}

function prediction({ target, horizon, label }: CardFacts): string {
  const what = target === 'item' ? 'the shopper buys this item' : 'the shopper buys anything in this session';
  const refunds =
    label === 'label_net' ? 'Refunded purchases do not count.' : 'Purchases count gross: later refunds do not change them.';
  return `## What is predicted\n\nThe probability that ${what} within ${horizon} after the moment of the question. ${refunds} It is a forecast, not an effect: it does not say what an offer would change.`;
}

function dataSection({ windows, fittedOn }: EvaluationReport, { data, featureCount, timeZone }: CardFacts): string {
  const rows = Object.entries(windows).map(([name, { rows, positives, shoppers }]) => [
    name,
    count(rows),
    count(positives),
    count(shoppers),
  ]);
  const fitted =
    fittedOn === 'blend_window'
      ? 'Members were fitted on `train` (early stopping on `stop`), blend and calibration on `blend`; `validate` picked the blend; `test` was looked at once. `embargo` rows touched nothing.'
      : 'There were too few buyers for separate blend and validation windows: blend and calibration were fitted on out-of-fold scores of `train`, in folds grouped by shopper. `test` was looked at once.';
  return [
    '## Data',
    '',
    `${count(data.events)} events from ${moment(data.fromMs)} to ${moment(data.untilMs)} (shop time zone ${timeZone}); ${count(data.rows)} rows, ${count(data.positives)} followed by a purchase; ${featureCount} features. ${fitted}`,
    '',
    table(['window', 'rows', 'bought', 'shoppers'], rows),
  ].join('\n');
}

function leaderboardSection(report: EvaluationReport): string {
  const line = (kind: string) => (entry: Entry) => [
    entry.name === report.chosen && kind === 'blend' ? `**${entry.name}** (served)` : `${entry.name} (${kind})`,
    withInterval(entry.metrics.logLoss, 5),
    withInterval(entry.logLossAgainst.constant, 5),
    withInterval(entry.metrics.rocAuc, 3),
    withInterval(entry.metrics.prAuc, 3),
    withInterval(entry.metrics.brier, 5),
  ];
  const lines = [
    ...report.blends.map(line('blend')),
    ...report.members.map(line('member, calibrated')),
    ...report.baselines.map(line('baseline')),
  ];
  return [
    '## Leaderboard on the test window',
    '',
    `Brackets hold 95 % intervals from ${count(report.replicates)} redraws of shoppers. Figures whose intervals overlap may be a tie; "against constant" is paired on the same rows, so there below zero throughout means better.`,
    '',
    table(['model', 'log loss', 'against constant', 'ROC AUC', 'PR AUC', 'Brier'], lines),
    '',
    `Uncalibrated log loss: ${report.members.map(({ name, raw }) => `${name} ${figure(raw.logLoss, 5)}`).join(', ')}.`,
  ].join('\n');
}

function calibrationSection({ reliability }: EvaluationReport, { metrics }: BlendEntry): string {
  const bins = reliability.map(({ rows, predicted, observed: [value, low, high] }) => [
    percent(predicted),
    `${percent(value)} (${percent(low)} to ${percent(high)})`,
    count(rows),
  ]);
  return [
    '## Calibration',
    '',
    `Expected calibration error ${withInterval(metrics.ece, 5)} in probability; slope ${withInterval(metrics.calibrationSlope, 2)} (1 is right; below 1 scores are too sure), intercept ${withInterval(metrics.calibrationIntercept, 2)} (0 is right).`,
    '',
    table(['predicted', 'bought', 'rows'], bins),
  ].join('\n');
}

function liftSection({ metrics }: BlendEntry): string {
  const cell = (name: 'liftAt1' | 'liftAt5' | 'liftAt10') => withInterval(metrics[name], 2);
  return `## Lift\n\nPurchase rate of the highest scores over that of all: top 1 % ${cell('liftAt1')}, top 5 % ${cell('liftAt5')}, top 10 % ${cell('liftAt10')}. This is ranking, not incremental effect.`;
}

function slicesSection({ slices, slicesLeftOut }: EvaluationReport): string {
  const rows = slices.map(({ by, name, rows, positives, predicted, observed: [value, low, high], logLoss, rocAuc }) => [
    `${by}: ${name}`,
    count(rows),
    count(positives),
    percent(predicted),
    `${percent(value)} (${percent(low)} to ${percent(high)})`,
    withInterval(logLoss, 4),
    withInterval(rocAuc, 3),
  ]);
  const told =
    rows.length > 0
      ? table(['slice', 'rows', 'bought', 'predicted', 'observed', 'log loss', 'ROC AUC'], rows)
      : 'No slice is large enough to be told apart.';
  const leftOut =
    slicesLeftOut.length > 0 ? `\n\nLeft out: ${slicesLeftOut.length} slices, too small or beyond the largest dozen.` : '';
  return `## Slices\n\n${told}${leftOut}`;
}

function makingSection(report: EvaluationReport, { members, seed, createdAt }: CardFacts, { blend }: BlendEntry): string {
  const rows = members.map(({ name, library, rounds, trials }) => [
    name,
    library,
    count(rounds),
    count(trials),
    figure(blend.weights[name] ?? 0, 3),
  ]);
  const { slope, intercept } = blend.platt;
  return [
    '## How it is made',
    '',
    table(['member', 'library', 'trees', 'trials', 'weight'], rows),
    '',
    `Blend: \`${report.chosen}\`; calibration: served log-odds = ${figure(intercept, 4)} + ${figure(slope, 4)} × blended. Seed ${seed}; made ${createdAt}.`,
  ].join('\n');
}

function limitsSection({ slicesLeftOut }: EvaluationReport, { blend, metrics }: BlendEntry): string {
  const forest = blend.weights.random_forest ?? 0;
  const { lambda, pi } = blend.forestShrinkage;
  return [
    '## Limits',
    '',
    '- These figures belong to the evaluated model. The served one is refitted on all data with rounds, weights and calibration frozen: it has seen more, and cannot be tested on rows it was fitted on.',
    '- Contributions add up to the served log-odds within 1e-9, checked on every answer. They describe the model, not causes.',
    forest > 0
      ? `- The forest weighs ${figure(forest, 3)}. Its probability is shrunk by ${lambda} towards ${figure(pi, 4)}, and its share of each explanation is carried from probability to log-odds, which is an approximation: ${describeFidelity(blend)}. Boosted members' shares are exact Shapley values.`
      : '- The forest has no weight here: every contribution is an exact Shapley value of the boosted members.',
    ...(blend.kind === 'soft'
      ? ["- This blend averages probabilities, so every member's contributions are carried to log-odds; only their sum is exact."]
      : []),
    "- XGBoost adds its trees in 32 bits; the ensemble adds the same leaves in 64, at most 1e-5 in log-odds away from the library's own figure.",
    '- A score says nothing beyond its horizon, about shops unlike this one, or about seasons outside the data window.',
    ...(Number.isFinite(metrics.rocAuc.low) ? [] : ['- The test window holds so few buyers that some intervals cannot be told.']),
    ...(slicesLeftOut.length > 0 ? ['- Small slices were not judged; the model may be worse there.'] : []),
    '',
  ].join('\n');
}
