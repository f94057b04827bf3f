import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { Names } from './served-rows.ts';

/** Names under which shops send them, the most telling first. */
const deviceNames = ['device', 'device_type', 'device_category'] as const;
const sourceNames = ['utm_source', 'source', 'traffic_source', 'referrer'] as const;
const longest = 64;
const notSaid = 'unknown';

/** What visits came from, and on what. */
export interface VisitFacts {
  readonly names: readonly string[];
  /** Of each visit, by its number: which of the names. */
  readonly of: Int32Array;
}

/** What the events say of the visits that predictions were asked in. */
export interface Visits {
  take(event: ShopEvent): void;
  readonly device: VisitFacts;
  readonly source: VisitFacts;
}

/** Of the sessions asked about, the first event that says so counts; of questions without a session, the shopper's. `asked` names visits as `ServedRows` does. */
export function openVisits(asked: Names): Visits {
  const count = asked.all.length;
  const open = () => {
    const names = new Names();
    names.numberOf(notSaid);
    return { names, of: new Int32Array(count) };
  };
  const [device, source] = [open(), open()];
  const note = (key: string, context: NonNullable<ShopEvent['context']>): void => {
    const visit = asked.find(key);
    if (visit === undefined) return;
    for (const [facts, wanted] of [[device, deviceNames] as const, [source, sourceNames] as const]) {
      const said = facts.of[visit] === 0 ? firstOf(context, wanted) : undefined;
      if (said !== undefined) facts.of[visit] = facts.names.numberOf(said);
    }
  };
  const told = ({ names, of }: ReturnType<typeof open>): VisitFacts => ({ names: names.all, of });
  return {
    take(event) {
      if (event.context === undefined || event.mark !== undefined) return;
      if (event.sessionId !== undefined) note(`s:${event.sessionId}`, event.context);
      note(shopperOf(event), event.context);
    },
    get device() {
      return told(device);
    },
    get source() {
      return told(source);
    },
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
