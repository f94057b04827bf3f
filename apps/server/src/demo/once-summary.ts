import type { PredictAnswer } from '@tillcast/api/predict';
import type { ShoppersAnswer } from '@tillcast/api/shoppers';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Triple, wireReport } from '../jobs/evaluate-wire.ts';
import type { TrainingOutcome } from '../jobs/train-options.ts';

async function ask<T>(url: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new TillcastError('STORE_UNAVAILABLE', `${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Scores the shoppers likeliest to buy over HTTP, each with its reasons; answers the first one whole. */
export async function scoreSample(url: string, nowMs: number): Promise<{ scored: number; predict: PredictAnswer }> {
  const { shoppers } = await ask<ShoppersAnswer>(`${url}/v1/shoppers?sort=probability&limit=50`);
  const now = new Date(nowMs);
  const dayOfWeek = (now.getUTCDay() + 6) % 7;
  const answers = await Promise.all(
    shoppers.map(({ user_id, anonymous_id, session_id, last_item }) =>
      ask<PredictAnswer>(`${url}/v1/predict`, {
        ...(user_id === null ? { anonymous_id } : { user_id }),
        ...{ session_id, product_id: last_item ?? 'unknown', category_code: '', brand: '', price: 49.9 },
        ...{ hour: now.getUTCHours(), day_of_week: dayOfWeek, is_weekend: dayOfWeek >= 5 ? 1 : 0 },
      }),
    ),
  );
  const [predict] = answers;
  if (predict === undefined) throw new TillcastError('STORE_UNAVAILABLE', 'no shopper is on the board: the demo shop is empty');
  for (const answer of answers) checkSum(answer);
  return { scored: answers.length, predict };
}

/** Σ contributions + base value = served log-odds, on every answer that gives reasons. */
function checkSum({ prediction_id, base_value, feature_contributions, log_odds }: PredictAnswer): void {
  if (base_value === null) return;
  const sum = Object.values(feature_contributions).reduce((total, part) => total + part, base_value);
  if (Math.abs(sum - log_odds) > 1e-9)
    throw new TillcastError('PARITY_BROKEN', `prediction ${prediction_id}: contributions add up to ${sum}, the answer is ${log_odds}`);
}

type Figures = Readonly<Record<string, Triple | string>>;

/** What `npm start -- --once` prints last: sizes, each member and the ensemble on the test window, parity, and one full answer. */
export function onceSummary(events: number, sessions: number, outcome: TrainingOutcome, sample: { scored: number; predict: PredictAnswer }) {
  const { members, paired, rows, positives, ...chosen } = wireReport(outcome.report);
  const ensemble: Figures = chosen.ensemble;
  const constant: Figures = chosen.constant;
  return {
    events,
    sessions,
    target: outcome.manifest.target,
    members: Object.fromEntries(Object.entries(members).map(([name, m]) => [name, { auc: m['roc_auc']?.[0], log_loss: m['log_loss']?.[0] }])),
    ensemble: {
      roc_auc: ensemble['roc_auc'],
      log_loss: ensemble['log_loss']?.[0],
      ece: ensemble['ece']?.[0],
      baseline_log_loss: constant['log_loss']?.[0],
    },
    log_loss_against: { constant: paired.vs_constant.log_loss, best_member: { name: paired.vs_best_member.name, difference: paired.vs_best_member.log_loss } },
    test: { rows, positives },
    promoted: outcome.promoted,
    parity_max_abs: outcome.parity.rawMaxAbs,
    scored: sample.scored,
    predict: sample.predict,
  };
}
