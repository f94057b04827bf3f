import { createHash } from 'node:crypto';
import type { OutcomeRequest } from '@tillcast/api/outcomes';
import { parseInstant } from '@tillcast/core/events/parse-time';
import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { invalidInput } from '../http/problem.ts';
import type { Ingest } from '../http/routes/events.ts';
import type { TakeOutcome } from '../http/routes/outcomes.ts';
import { onWire } from './answer.ts';
import { labelOnWire, predictionNotFound } from './prediction-answer.ts';
import type { PredictionDesk } from './prediction-desk.ts';

/** The longest key a caller may name an outcome by. */
const maxKeyLength = 256;
/** The id of a session that the shop did not name: not the shop's to send. */
const derivedId = /^t\d+$/;
const tenant = 'default';

/** The same outcome sent again gets the same id; another under the same key is a conflict of the event log. */
function eventIdOf({ prediction_id, outcome, transaction_id }: OutcomeRequest, key: string | undefined): string {
  const identity = key === undefined ? [prediction_id, outcome, transaction_id] : [key];
  return `outcome-${createHash('sha256').update(JSON.stringify(identity)).digest('hex')}`;
}

function checkKey(key: string | undefined): void {
  if (key === undefined || (key.length > 0 && key.length <= maxKeyLength)) return;
  throw invalidInput([
    { pointer: '', detail: `the header Idempotency-Key must have 1 to ${maxKeyLength} characters, not ${key.length}` },
  ]);
}

function checkTime({ outcome_time }: OutcomeRequest, { asOfMs }: PredictionRecord): void {
  const atMs = parseInstant(outcome_time);
  if (atMs === undefined)
    throw invalidInput([{ pointer: '/outcome_time', detail: `${outcome_time} is no moment of the calendar` }]);
  if (atMs < asOfMs)
    throw invalidInput([
      {
        pointer: '/outcome_time',
        detail: `lies before the moment the prediction is about (${onWire(asOfMs)}): it cannot follow from it`,
      },
    ]);
}

/** The outcome as the event it is. */
function eventOf(request: OutcomeRequest, record: PredictionRecord, eventId: string): Record<string, unknown> {
  const { userId, anonymousId, sessionId, itemId, category, brand, price } = record;
  const item = request.product_id ?? itemId;
  const known = item === itemId ? { category, brand, price } : {};
  const { margin } = request;
  return {
    event_id: eventId,
    event: request.outcome,
    event_time: request.outcome_time,
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(anonymousId === undefined ? {} : { anonymous_id: anonymousId }),
    ...(sessionId === undefined || derivedId.test(sessionId) ? {} : { session_id: sessionId }),
    items: item === undefined ? [] : [{ item_id: item, ...known, quantity: request.quantity ?? 1 }],
    transaction_id: request.transaction_id,
    ...(request.value === undefined ? {} : { value: request.value }),
    ...(request.currency === undefined ? {} : { currency: request.currency }),
    prediction_id: request.prediction_id,
    context: { source: 'outcome', ...(margin === undefined ? {} : { margin }) },
  };
}

/** Takes outcomes by the way every event takes: one truth, one place where it is acknowledged. */
export function openTakeOutcome(desk: Pick<PredictionDesk, 'find'>, ingest: Ingest): TakeOutcome {
  return async (request, idempotencyKey) => {
    checkKey(idempotencyKey);
    const found = await desk.find(tenant, request.prediction_id);
    if (found === undefined) throw predictionNotFound(request.prediction_id);
    checkTime(request, found.record);
    const eventId = eventIdOf(request, idempotencyKey);
    const { accepted } = await ingest(eventOf(request, found.record, eventId));
    return {
      prediction_id: request.prediction_id,
      event_id: eventId,
      status: accepted === 1 ? 'accepted' : 'duplicate',
      label: labelOnWire((await desk.find(tenant, request.prediction_id))?.label),
    };
  };
}
