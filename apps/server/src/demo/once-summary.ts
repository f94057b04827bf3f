import type { PredictAnswer, PredictRequest } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent } from '@tillcast/core/events/event';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { type Triple, wireReport } from '../jobs/evaluate-wire.ts';
import type { TrainingOutcome } from '../jobs/train-options.ts';

async function ask<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new TillcastError('STORE_UNAVAILABLE', `${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** The latest questions the shop could have asked: who looked at what, at which price. */
export async function latestQuestions(log: EventLog, sinceMs: number, count: number): Promise<PredictRequest[]> {
  const latest: PredictRequest[] = [];
  for await (const events of log.read({ fromMs: sinceMs })) {
    for (const event of events) {
      const question = questionOf(event);
      if (question === undefined) continue;
      latest.push(question);
      if (latest.length > count) latest.shift();
    }
  }
  return latest;
}

function questionOf({ event, eventTimeMs, userId, anonymousId, sessionId, items }: ShopEvent): PredictRequest | undefined {
  const [item] = items;
  if (!(event === 'view_item' || event === 'add_to_cart') || !item?.price || sessionId === undefined) return undefined;
  const at = new Date(eventTimeMs);
  const dayOfWeek = (at.getUTCDay() + 6) % 7;
  return {
    ...(userId === undefined ? { anonymous_id: anonymousId! } : { user_id: userId }),
    ...{
      session_id: sessionId,
      product_id: item.itemId,
      category_code: item.category ?? '',
      brand: item.brand ?? '',
      price: item.price,
    },
    ...{ hour: at.getUTCHours(), day_of_week: dayOfWeek, is_weekend: dayOfWeek >= 5 ? 1 : 0 },
  };
}

/** Asks each question over HTTP, with its reasons; answers how many were scored and the likeliest buyer's answer whole. */
export async function scoreSample(
  url: string,
  questions: readonly PredictRequest[],
): Promise<{ scored: number; predict: PredictAnswer }> {
  const answers: PredictAnswer[] = [];
  for (const question of questions) answers.push(await ask<PredictAnswer>(`${url}/v1/predict`, question));
  for (const answer of answers) checkSum(answer);
  const [likeliest] = answers.sort((a, b) => b.log_odds - a.log_odds);
  if (likeliest === undefined) throw new TillcastError('INPUT_INVALID', 'the demo shop had no visitor lately: nothing to score');
  return { scored: answers.length, predict: likeliest };
}

/** Σ contributions + base value = served log-odds, on every answer that gives reasons. */
function checkSum({ prediction_id, base_value, feature_contributions, log_odds }: PredictAnswer): void {
  if (base_value === null) return;
  const sum = Object.values(feature_contributions).reduce((total, part) => total + part, base_value);
  if (Math.abs(sum - log_odds) > 1e-9)
    throw new TillcastError(
      'PARITY_BROKEN',
      `prediction ${prediction_id}: contributions add up to ${sum}, the answer is ${log_odds}`,
    );
}

type Figures = Readonly<Record<string, Triple | string>>;

/** What `npm start -- --once` prints last: sizes, each member and the ensemble on the test window, parity, and one full answer. */
export function onceSummary(
  events: number,
  sessions: number,
  outcome: TrainingOutcome,
  sample: { scored: number; predict: PredictAnswer },
) {
  const { members, paired, rows, positives, ...chosen } = wireReport(outcome.report);
  const ensemble: Figures = chosen.ensemble;
  const constant: Figures = chosen.constant;
  return {
    events,
    sessions,
    target: outcome.manifest.target,
    members: Object.fromEntries(
      Object.entries(members).map(([name, m]) => [name, { auc: m.roc_auc?.[0], log_loss: m.log_loss?.[0] }]),
    ),
    ensemble: {
      roc_auc: ensemble.roc_auc,
      log_loss: ensemble.log_loss?.[0],
      ece: ensemble.ece?.[0],
      baseline_log_loss: constant.log_loss?.[0],
    },
    log_loss_against: {
      constant: paired.vs_constant.log_loss,
      best_member: { name: paired.vs_best_member.name, difference: paired.vs_best_member.log_loss },
    },
    test: { rows, positives },
    promoted: outcome.promoted,
    parity_max_abs: outcome.parity.rawMaxAbs,
    scored: sample.scored,
    predict: sample.predict,
  };
}
