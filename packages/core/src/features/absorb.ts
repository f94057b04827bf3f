import { compareCodePoints } from '../events/code-point-order.ts';
import { cloneState } from './clone-state.ts';
import {
  dropQuietest,
  dropSessions,
  type History,
  type HistoryPlan,
  MAX_OPEN_SESSIONS,
  SESSION_MEMORY_MS,
  type Session,
} from './history.ts';
import type { EntityPlan } from './plan.ts';

/** How states are taken over: copied, or, where nobody else will ask for them, as they are. */
type Take = (state: unknown) => unknown;
const asItIs: Take = (state) => state;

/**
 * Makes another history part of one at a moment, which is the same whatever the order in which either was delivered. The other is left as it is, unless
 * it is `spent`. Sessions of either that ended too long ago to return are left out: they may have left memory already, or not.
 */
export function absorb(plan: HistoryPlan, history: History, other: History, atMs: number, spent: boolean): void {
  const take = spent ? asItIs : cloneState;
  const otherIsLater = isLater(other, history);
  if (history.events === 0) takeStates(history.states, other.states, take);
  else joinStates(plan.shopper, history.states, other.states, otherIsLater, take);
  const endedBeforeMs = atMs - SESSION_MEMORY_MS;
  dropSessions(history, endedBeforeMs);
  const current = absorbSessions(plan, history, other, endedBeforeMs, take);
  if (current !== undefined && (history.current === undefined || current.lastMs > history.current.lastMs))
    history.current = current;
  while (history.sessions.length > MAX_OPEN_SESSIONS) dropQuietest(history);
  history.events += other.events;
  history.purchases += other.purchases;
  if (otherIsLater || history.lastItem === undefined) history.lastItem = other.lastItem ?? history.lastItem;
}

/** Whether the last event of one history follows that of another, in the order of `compareEvents`. */
function isLater(a: History, b: History): boolean {
  const difference = a.lastMs - b.lastMs || a.lastSequence - b.lastSequence || compareCodePoints(a.lastEventId, b.lastEventId);
  return difference > 0;
}

function takeStates(mine: unknown[], theirs: readonly unknown[], take: Take): void {
  for (let index = 0; index < theirs.length; index++) mine[index] = take(theirs[index]);
}

function joinStates(
  { joins }: EntityPlan,
  mine: unknown[],
  theirs: readonly unknown[],
  theirsAreLater: boolean,
  take: Take,
): void {
  for (let index = 0; index < joins.length; index++) {
    const taken = take(theirs[index]);
    mine[index] = theirsAreLater ? joins[index]!(mine[index], taken) : joins[index]!(taken, mine[index]);
  }
}

/** Takes over the other's sessions, one of a known id into that session; answers what became of the other's current one. */
function absorbSessions(
  plan: HistoryPlan,
  history: History,
  other: History,
  endedBeforeMs: number,
  take: Take,
): Session | undefined {
  let current: Session | undefined;
  const sessions = [...history.sessions];
  for (const theirs of other.sessions) {
    if (theirs.lastMs < endedBeforeMs) continue;
    let mine = sessions.find(({ id }) => id === theirs.id);
    if (mine !== undefined) joinSession(plan, mine, theirs, take);
    else {
      mine = { ...theirs, states: theirs.states.map(take) };
      sessions.push(mine);
    }
    if (theirs === other.current) current = mine;
  }
  history.sessions = sessions;
  return current;
}

function joinSession(plan: HistoryPlan, mine: Session, theirs: Session, take: Take): void {
  joinStates(plan.session, mine.states, theirs.states, theirs.lastMs > mine.lastMs, take);
  mine.lastMs = Math.max(mine.lastMs, theirs.lastMs);
  mine.events += theirs.events;
  mine.purchases += theirs.purchases;
}
