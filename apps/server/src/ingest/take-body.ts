import { maxEvents } from '@tillcast/api/events';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput } from '../http/problem.ts';
import type { Ingest } from '../http/routes/events.ts';
import { answerOf, countFates, type EventError } from './fates.ts';
import type { TakeBatch } from './intake.ts';
import { listInBody } from './list-in-body.ts';

/** The refusal of something that was sent by itself: the answer is its problem. */
export const refusalOf = ({ problem: { code, detail, errors = [] } }: EventError): Error =>
  code === 'EVENT_CONFLICT' || code === 'SUBJECT_ERASED' ? new TillcastError(code, detail) : invalidInput(errors);

/** Takes the events of a JSON body. Each is checked on its own; one sent by itself is answered with its own problem. */
export const openIngest =
  (take: TakeBatch, metrics: Metrics): Ingest =>
  async (body) => {
    const { values, single } = listInBody(body, 'events', maxEvents);
    const fates = await take(values.map((value, index) => ({ index, value })));
    countFates(metrics, fates);
    if (single && fates.errors[0] !== undefined) throw refusalOf(fates.errors[0]);
    return answerOf(fates);
  };
