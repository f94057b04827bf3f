import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';

type Asked = Pick<PredictionRecord, 'shopper' | 'sessionId' | 'asOfMs'>;

/** Where a visit came from and on what device, as far as the context of its events says. */
export interface Visit {
  readonly device?: string;
  readonly source?: string;
}

/** What the events say of the visits that predictions were asked in. */
export interface Visits {
  take(event: ShopEvent): void;
  of(asked: Asked): Visit | undefined;
}

/** Names under which shops send them, the most telling first. */
const deviceNames = ['device', 'device_type', 'device_category'] as const;
const sourceNames = ['utm_source', 'source', 'traffic_source', 'referrer'] as const;
const longest = 64;

/** Of the sessions asked about, the first event that says so counts; of questions without a session, the shopper's. */
export function openVisits(asked: readonly Asked[]): Visits {
  const keyOf = ({ shopper, sessionId }: Pick<Asked, 'shopper' | 'sessionId'>): string =>
    sessionId === undefined ? shopper : `s:${sessionId}`;
  const wanted = new Map<string, { device?: string; source?: string }>(asked.map((one) => [keyOf(one), {}]));
  const note = (key: string, context: NonNullable<ShopEvent['context']>): void => {
    const visit = wanted.get(key);
    if (visit === undefined) return;
    const device = firstOf(context, deviceNames);
    const source = firstOf(context, sourceNames);
    if (device !== undefined) visit.device ??= device;
    if (source !== undefined) visit.source ??= source;
  };
  return {
    take(event) {
      if (event.context === undefined || event.mark !== undefined) return;
      if (event.sessionId !== undefined) note(`s:${event.sessionId}`, event.context);
      note(shopperOf(event), event.context);
    },
    of: (one) => wanted.get(keyOf(one)),
  };
}

function firstOf(context: NonNullable<ShopEvent['context']>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = context[name];
    if (typeof value === 'string' && value.trim() !== '') return hostOf(value.trim().toLowerCase()).slice(0, longest);
  }
  return undefined;
}

/** Of an address its host: paths and queries are many, and may name people. */
const hostOf = (text: string): string => (URL.canParse(text) ? new URL(text).host || text : text);
