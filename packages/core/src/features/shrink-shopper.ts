import { type HistoryPlan, openHistory } from './history.ts';
import type { ShopperMemory } from './shopper-memory.ts';

/**
 * What is forgotten of a shopper who takes more room than there is, one step after another: the room for late events, every visit but the current one,
 * and at last everything but the place in order, so that nothing folded is ever folded again. A shopper so large is a machine.
 */
export const shrinkSteps: readonly ((plan: HistoryPlan, memory: ShopperMemory) => void)[] = [
  (_, memory) => {
    memory.tail = [];
    memory.settled = undefined;
    memory.taken = undefined;
  },
  (_, { live }) => {
    live.sessions = live.sessions.filter((session) => session === live.current);
  },
  (plan, memory) => {
    const { lastMs, lastSequence, lastEventId, owner, shared } = memory.live;
    memory.live = { ...openHistory(plan), lastMs, lastSequence, lastEventId, owner, shared };
  },
];
