import type { InputIssue, PredictRequest } from '@tillcast/api/predict';
import type { FieldError } from '@tillcast/api/problem';
import type { Question, ShopperView } from '@tillcast/core/features/engine';
import type { LocalTime } from '@tillcast/core/features/zone-clock';

/** How far ahead of our clock a question may lie; the same slack as for events. */
const futureSlackMs = 5 * 60_000;
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** What the shop's clock and ours say. */
export interface Clock {
  readonly nowMs: number;
  readonly localTime: (epochMs: number) => LocalTime;
  readonly timeZone: string;
}

function timeContradictions(request: PredictRequest, clock: Clock): FieldError[] {
  if (request.event_time === undefined) return [];
  const atMs = Date.parse(request.event_time);
  if (Number.isNaN(atMs)) return [{ pointer: '/event_time', detail: `${request.event_time} is no moment of the calendar` }];
  if (atMs > clock.nowMs + futureSlackMs)
    return [{ pointer: '/event_time', detail: 'lies more than 5 minutes ahead of this server’s clock' }];
  const local = clock.localTime(atMs);
  const faults: FieldError[] = [];
  if (local.hour !== request.hour) {
    faults.push({
      pointer: '/hour',
      detail: `is ${request.hour}, but event_time is in hour ${local.hour} of the shop’s time zone (${clock.timeZone})`,
    });
  }
  if (local.dayOfWeek !== request.day_of_week) {
    faults.push({
      pointer: '/day_of_week',
      detail: `is ${request.day_of_week}, but event_time is on a ${weekdays[local.dayOfWeek]} (${local.dayOfWeek}) in ${clock.timeZone}`,
    });
  }
  return faults;
}

/** What a request says against itself, by field; empty = consistent. */
export function contradictions(request: PredictRequest, clock: Clock): FieldError[] {
  const weekend = request.day_of_week >= 5 ? 1 : 0;
  const flag =
    weekend === request.is_weekend
      ? []
      : [
          {
            pointer: '/is_weekend',
            detail: `is ${request.is_weekend}, but day_of_week ${request.day_of_week} is a ${weekdays[request.day_of_week]}`,
          },
        ];
  return [...flag, ...timeContradictions(request, clock)];
}

/** Whose question it is, as `shopperOf` names shoppers. */
export const askedShopper = ({ user_id, anonymous_id }: PredictRequest): string =>
  user_id === undefined ? `a:${anonymous_id}` : `u:${user_id}`;

/** The id of a session that the shop did not name (`nextSession`). */
const derivedId = /^t\d+$/;

/** Where the shopper's events carry no session id, the named session is the one under way by the rule of silence. */
function sessionOf(request: PredictRequest, shopper: ShopperView | undefined): Pick<Question, 'sessionId'> {
  const unnamed = shopper !== undefined && shopper.sessionId !== request.session_id && derivedId.test(shopper.sessionId);
  return unnamed ? {} : { sessionId: request.session_id };
}

/** The request as a question to the features, and what had to be moved for it. */
export function questionOf(
  request: PredictRequest,
  clock: Clock,
  shopper: ShopperView | undefined,
): { readonly question: Question; readonly issues: readonly InputIssue[] } {
  const askedMs = request.event_time === undefined ? clock.nowMs : Date.parse(request.event_time);
  const asOfMs = Math.max(askedMs, shopper?.lastEventTimeMs ?? askedMs);
  const moved: InputIssue[] =
    request.event_time !== undefined && asOfMs > askedMs
      ? [
          {
            field: '/event_time',
            code: 'moved',
            detail: `the shopper’s last event is later; the answer is as of ${new Date(asOfMs).toISOString()}`,
          },
        ]
      : [];
  const question: Question = {
    shopper: askedShopper(request),
    asOfMs,
    itemId: request.product_id,
    ...(request.category_code === '' ? {} : { category: request.category_code }),
    ...(request.brand === '' ? {} : { brand: request.brand }),
    price: request.price,
    hour: request.hour,
    dayOfWeek: request.day_of_week,
    isWeekend: request.is_weekend === 1,
    ...sessionOf(request, shopper),
  };
  return { question, issues: moved };
}
