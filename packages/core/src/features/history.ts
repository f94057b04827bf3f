import { compareCodePoints } from '../events/code-point-order.ts';
import type { LineItem, ShopEvent } from '../events/event.ts';
import { cloneState } from './clone-state.ts';
import type { EntityPlan, Fold } from './plan.ts';

/** A session that returns under its id after this long is another one; so what ended before may leave memory. */
export const SESSION_MEMORY_MS = 24 * 3_600_000;
/** Sessions of one shopper open at once; a shopper with more is a machine that makes up ids. */
export const MAX_OPEN_SESSIONS = 16;

/** One visit of one shopper. */
export interface Session {
  readonly id: string;
  lastMs: number;
  events: number;
  purchases: number;
  readonly states: unknown[];
}

/** Everything remembered of one shopper: a fold of their events in order. */
export interface History {
  states: unknown[];
  /** In order of opening. */
  sessions: Session[];
  current: Session | undefined;
  events: number;
  purchases: number;
  /** The order key of the last event (see `compareEvents`). */
  lastMs: number;
  lastSequence: number;
  lastEventId: string;
  lastItem: LineItem | undefined;
  /** Of a device: the first user who logged in on it, to whom its history belongs (docs/adr/0013-identity.md). */
  owner: string | undefined;
  /** Of a device: whether a second user logged in on it, after which it is nobody's. */
  shared: boolean;
}

/** What folding needs to know besides the event. */
export interface HistoryPlan {
  readonly session: EntityPlan;
  readonly shopper: EntityPlan;
  readonly sessionGapMs: number;
}

/** A shopper of whom nothing is known yet. */
export const openHistory = (plan: HistoryPlan): History => ({
  states: plan.shopper.fresh(),
  sessions: [],
  current: undefined,
  events: 0,
  purchases: 0,
  lastMs: Number.NEGATIVE_INFINITY,
  lastSequence: -1,
  lastEventId: '',
  lastItem: undefined,
  owner: undefined,
  shared: false,
});

/** Folds the next event in order; answers the session it fell into. */
export function foldHistory(plan: HistoryPlan, history: History, event: ShopEvent): Session {
  const session = sessionOf(plan, history, event);
  const line = event.items[0];
  foldAll(plan.session.folds, session.states, event, line);
  foldAll(plan.shopper.folds, history.states, event, line);
  session.lastMs = event.eventTimeMs;
  session.events++;
  history.current = session;
  history.events++;
  if (event.event === 'purchase') {
    session.purchases++;
    history.purchases++;
  }
  noteOrder(history, event);
  if (line !== undefined) history.lastItem = event.items[event.items.length - 1];
  return session;
}

/** Folds one event into the states of one entity. */
export function foldAll(folds: readonly Fold[], states: unknown[], event: ShopEvent, line: LineItem | undefined): void {
  for (let index = 0; index < folds.length; index++) states[index] = folds[index]!(states[index], event, line);
}

/** Notes that an event is the last of a history. */
export function noteOrder(history: History, event: ShopEvent): void {
  history.lastMs = event.eventTimeMs;
  history.lastSequence = event.sequence ?? -1;
  history.lastEventId = event.eventId;
}

/** Whether an event belongs after everything folded so far. */
export function isNext(history: History, event: ShopEvent): boolean {
  const byTime = event.eventTimeMs - history.lastMs;
  if (byTime !== 0) return byTime > 0;
  const bySequence = (event.sequence ?? -1) - history.lastSequence;
  return bySequence !== 0 ? bySequence > 0 : compareCodePoints(event.eventId, history.lastEventId) > 0;
}

/** The session a question at `asOfMs` is about: the one named, or by the rule of silence; undefined = a new one. */
export function sessionAt(
  history: History,
  sessionId: string | undefined,
  asOfMs: number,
  sessionGapMs: number,
): Session | undefined {
  const { current } = history;
  if (sessionId === undefined) return current !== undefined && asOfMs - current.lastMs <= sessionGapMs ? current : undefined;
  const session = current?.id === sessionId ? current : findLast(history.sessions, sessionId);
  return session !== undefined && asOfMs - session.lastMs <= SESSION_MEMORY_MS ? session : undefined;
}

/** A copy that shares nothing with the original but immutable values. */
export function cloneHistory(history: History): History {
  const sessions = history.sessions.map((session) => ({ ...session, states: session.states.map(cloneState) }));
  // A current session that was dropped is over: nothing is folded into it any more, so it may be shared.
  const current = history.current && (sessions[history.sessions.indexOf(history.current)] ?? history.current);
  return { ...history, states: history.states.map(cloneState), sessions, current };
}

/** Forgets the sessions that ended before `beforeMs`; of the current one, what it is called stays known. */
export function dropSessions(history: History, beforeMs: number): void {
  const { sessions, current } = history;
  if (!sessions.some((session) => session.lastMs < beforeMs)) return;
  history.sessions = sessions.filter((session) => session.lastMs >= beforeMs);
  if (current !== undefined && current.lastMs < beforeMs)
    history.current = { ...current, lastMs: Number.NEGATIVE_INFINITY, states: [] };
}

/** Forgets the session that has been silent for longest, but never the current one. */
export function dropQuietest(history: History): void {
  const others = history.sessions.filter((session) => session !== history.current);
  const quietest = others.reduce((a, b) => (b.lastMs < a.lastMs ? b : a));
  history.sessions = history.sessions.filter((session) => session !== quietest);
}

function sessionOf(plan: HistoryPlan, history: History, event: ShopEvent): Session {
  const atMs = event.eventTimeMs;
  const known = sessionAt(history, event.sessionId, atMs, plan.sessionGapMs);
  if (known !== undefined) return known;
  dropSessions(history, atMs - SESSION_MEMORY_MS);
  if (history.sessions.length >= MAX_OPEN_SESSIONS) dropQuietest(history);
  const session: Session = {
    id: event.sessionId ?? `t${atMs}`,
    lastMs: atMs,
    events: 0,
    purchases: 0,
    states: plan.session.fresh(),
  };
  if (history.sessions.length === 0) history.sessions = [session];
  else history.sessions.push(session);
  return session;
}

function findLast(sessions: readonly Session[], id: string): Session | undefined {
  for (let index = sessions.length - 1; index >= 0; index--) if (sessions[index]!.id === id) return sessions[index];
  return undefined;
}
