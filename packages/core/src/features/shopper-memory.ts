import { compareEvents, type ShopEvent } from '../events/event.ts';
import { absorb } from './absorb.ts';
import { type Claim, foldLogin } from './device-claims.ts';
import type { Applied } from './engine.ts';
import { lightened } from './fixed-event.ts';
import {
  cloneHistory,
  dropSessions,
  foldHistory,
  type History,
  type HistoryPlan,
  isNext,
  openHistory,
  SESSION_MEMORY_MS,
} from './history.ts';

/** Events that may still be overtaken; a shopper with more in one window of lateness is a machine, and its oldest are settled early. */
const MAX_TAIL = 512;
/** Settling is done in batches of at least this many events. */
const SETTLE_FROM = 16;

/**
 * One shopper, ready for late events: `live` is the fold of everything, `tail` the recent events that a late one may still overtake, and
 * `settled` the fold of everything before the tail. While the tail is empty, `settled` is absent and `live` stands for both.
 */
export interface ShopperMemory {
  /** `shopperOf` their events; one text for good, so that looking it up again costs no hashing. */
  readonly shopper: string;
  /** Numbers the memories of an engine in order of opening, so that others can keep what they know of a shopper in arrays. */
  readonly number: number;
  live: History;
  settled: History | undefined;
  tail: ShopEvent[];
  maxReceivedAtMs: number;
  /** Of a device: logins on it are in its tail too, and fold as such. */
  readonly isDevice: boolean;
  /** Of a user: what the logins of the tail took over from their devices, by event id. Undefined while there is nothing. */
  taken: Map<string, History> | undefined;
}

/** A shopper never seen before. */
export const openShopper = (plan: HistoryPlan, shopper: string, number: number): ShopperMemory => ({
  shopper,
  number,
  live: openHistory(plan),
  settled: undefined,
  tail: [],
  maxReceivedAtMs: Number.NEGATIVE_INFINITY,
  isDevice: shopper.startsWith('a:'),
  taken: undefined,
});

/** Where an applied event ended up. */
export interface Placed {
  readonly applied: Applied;
  readonly sessionId: string | undefined;
}

const TOO_LATE: Placed = { applied: 'too_late', sessionId: undefined };
const DUPLICATE: Placed = { applied: 'duplicate', sessionId: undefined };

/**
 * Puts an event in its place among the shopper's: at the end, or, when late, by folding again from the settled state. Of a device, `claims` receives
 * what the logins from the event on take over.
 */
export function applyToShopper(
  plan: HistoryPlan,
  memory: ShopperMemory,
  event: ShopEvent,
  latenessMs: number,
  claims?: Claim[],
): Placed {
  const next = isNext(memory.live, event);
  if (latenessMs === 0) {
    return next ? { applied: 'folded', sessionId: fold(plan, memory, memory.live, event, claims) } : TOO_LATE;
  }
  const firm = memory.tail.length === 0 ? memory.live : memory.settled;
  if (!next && firm !== undefined && !isNext(firm, event)) return TOO_LATE;
  if (event.receivedAtMs > memory.maxReceivedAtMs) memory.maxReceivedAtMs = event.receivedAtMs;
  if (memory.tail.length === 0 && memory.live.lastMs > Number.NEGATIVE_INFINITY) memory.settled = cloneHistory(memory.live);
  if (!next) return insert(plan, memory, event, claims);
  memory.tail.push(lightened(event));
  const sessionId = fold(plan, memory, memory.live, event, claims);
  if (memory.tail.length >= SETTLE_FROM) settle(plan, memory, memory.maxReceivedAtMs - latenessMs);
  return { applied: 'folded', sessionId };
}

/** Notes what a login took over from its device; undefined = nothing, or not to be remembered any more. */
export function noteTaken(memory: ShopperMemory, login: ShopEvent, history: History | undefined): void {
  if (history !== undefined) {
    memory.taken ??= new Map();
    memory.taken.set(login.eventId, history);
  } else if (memory.taken?.delete(login.eventId) === true && memory.taken.size === 0) memory.taken = undefined;
}

/** Folds the tail again, because what one of its logins takes over has changed. */
export function refold(plan: HistoryPlan, memory: ShopperMemory): void {
  memory.live = memory.settled === undefined ? openHistory(plan) : cloneHistory(memory.settled);
  for (const event of memory.tail) fold(plan, memory, memory.live, event, undefined);
}

/** Gives back what a shopper at rest need not hold; nothing that `row` or a permitted late event could see. */
export function rest(plan: HistoryPlan, memory: ShopperMemory, nowMs: number, latenessMs: number): void {
  const settledUntilMs = nowMs - latenessMs;
  if (memory.live.lastMs >= settledUntilMs) return;
  if (memory.tail.length > 0) memory.tail = [];
  memory.settled = undefined;
  memory.taken = undefined;
  dropSessions(memory.live, settledUntilMs - Math.max(SESSION_MEMORY_MS, plan.sessionGapMs));
}

/** Folds one event; answers the session it fell into, which a login has at its user alone. */
function fold(
  plan: HistoryPlan,
  memory: ShopperMemory,
  history: History,
  event: ShopEvent,
  claims: Claim[] | undefined,
): string | undefined {
  if (memory.isDevice && event.userId !== undefined) {
    const claim = foldLogin(plan, history, event);
    claims?.push(claim);
    return undefined;
  }
  const taken = memory.taken?.get(event.eventId);
  // Without a tail nothing is ever folded twice.
  if (taken !== undefined) absorb(plan, history, taken, event.eventTimeMs, memory.tail.length === 0);
  return foldHistory(plan, history, event).id;
}

function insert(plan: HistoryPlan, memory: ShopperMemory, event: ShopEvent, claims: Claim[] | undefined): Placed {
  const { tail } = memory;
  let at = tail.length;
  while (at > 0 && compareEvents(event, tail[at - 1]!) < 0) at--;
  if (at > 0 && compareEvents(event, tail[at - 1]!) === 0) return DUPLICATE;
  tail.splice(at, 0, lightened(event));
  memory.live = memory.settled === undefined ? openHistory(plan) : cloneHistory(memory.settled);
  let sessionId: string | undefined;
  for (let index = 0; index < tail.length; index++) {
    const id = fold(plan, memory, memory.live, tail[index]!, index < at ? undefined : claims);
    if (index === at) sessionId = id;
  }
  return { applied: 'refolded', sessionId };
}

/** Moves the events before `untilMs` out of the tail. No event permitted in future can be older: it is received later and late by at most the lateness. */
function settle(plan: HistoryPlan, memory: ShopperMemory, untilMs: number): void {
  const { tail } = memory;
  let count = Math.max(0, tail.length - MAX_TAIL);
  while (count < tail.length && tail[count]!.eventTimeMs < untilMs) count++;
  if (count < SETTLE_FROM) return;
  memory.settled ??= openHistory(plan);
  for (let index = 0; index < count; index++) {
    fold(plan, memory, memory.settled, tail[index]!, undefined);
    noteTaken(memory, tail[index]!, undefined);
  }
  memory.tail = tail.slice(count);
}
