import { type BoundedMap, boundedMap } from '../features/bounded-map.ts';
import { type ShopEvent, shopperOf, type TrafficMark } from './event.ts';
import { isInRange, parseIp } from './ip-range.ts';
import type { TrafficCondition, TrafficRule, TrafficRules } from './traffic-rules.ts';

/** Says whose traffic an event is, if not a shopper's. To be asked once an event, in order of arrival: rates are counted along. */
export type MarkTraffic = (event: ShopEvent) => TrafficMark | undefined;

/** Shoppers whose rate is counted at once, for each rule; the longest unseen are forgotten. */
const maxCounted = 100_000;

type Test = (event: ShopEvent) => boolean;

const textOf = ({ context }: ShopEvent, name: string): string | undefined => {
  const value = context !== undefined && Object.hasOwn(context, name) ? context[name] : undefined;
  return typeof value === 'string' ? value : undefined;
};

function* testsOf({ userAgent, ip, context, rate }: TrafficCondition): Generator<Test> {
  if (userAgent !== undefined) {
    yield (event) => {
      const agent = textOf(event, 'user_agent')?.toLowerCase();
      return agent !== undefined && userAgent.some((part) => agent.includes(part));
    };
  }
  if (ip !== undefined) {
    yield (event) => {
      const address = parseIp(textOf(event, 'ip') ?? '');
      return address !== undefined && ip.some((range) => isInRange(address, range));
    };
  }
  if (context !== undefined) {
    const wanted = Object.entries(context);
    yield ({ context: given }) =>
      given !== undefined && wanted.every(([name, value]) => Object.hasOwn(given, name) && given[name] === value);
  }
  // The last, so that only events that the others let pass are counted.
  if (rate !== undefined) yield rateTest(rate.events, rate.withinMs);
}

/** One shopper's events in the window under way and in the one before. */
interface Counted {
  window: number;
  now: number;
  before: number;
}

/** Counts in two windows side by side, the older one in proportion to what of it still counts: the usual approximation of a sliding window. */
function rateTest(events: number, withinMs: number): Test {
  const counted: BoundedMap<Counted> = boundedMap(maxCounted);
  return (event) => {
    const window = Math.floor(event.eventTimeMs / withinMs);
    const key = `${event.tenant}\u001f${shopperOf(event)}`;
    const known = counted.get(key) ?? counted.set(key, { window, now: 0, before: 0 });
    if (window > known.window) {
      known.before = window === known.window + 1 ? known.now : 0;
      known.now = 0;
      known.window = window;
    }
    // A late event of the window before belongs there; an older one to none.
    if (window === known.window) known.now++;
    else if (window === known.window - 1) known.before++;
    const share = 1 - (event.eventTimeMs - window * withinMs) / withinMs;
    return known.now + known.before * (window === known.window ? share : 1) > events;
  };
}

/** Makes rules ready to mark. */
export function openMarkTraffic({ version, rules }: TrafficRules): MarkTraffic {
  const ready = rules.map(({ id, mark, when }: TrafficRule) => ({
    mark: { kind: mark, rule: id, version } satisfies TrafficMark,
    tests: [...testsOf(when)],
  }));
  return (event) => ready.find(({ tests }) => tests.every((test) => test(event)))?.mark;
}
