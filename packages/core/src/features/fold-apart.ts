import { type ShopEvent, shopperOf } from '../events/event.ts';
import type { EventLog } from '../ports/event-log.ts';
import { isLogin } from './device-claims.ts';
import { isNext } from './history.ts';
import type { Mirror } from './mirror.ts';
import type { ShopperMemory } from './shopper-memory.ts';

/** Where the events of a tenant are read. */
export interface TenantLog {
  readonly log: Pick<EventLog, 'read'>;
  readonly tenant: string;
}

/**
 * Whom folding some shoppers anew concerns: themselves, the users who logged in on their devices, and every device any of these logged in on. Reads the
 * log twice at most.
 */
export async function linkedWith({ log, tenant }: TenantLog, shoppers: readonly string[]): Promise<ReadonlySet<string>> {
  const linked = new Set(shoppers);
  for (let round = 0; round < 2; round += 1) {
    const before = linked.size;
    for await (const events of log.read({ tenant })) {
      for (const event of events) {
        if (!isLogin(event)) continue;
        const [user, device] = [shopperOf(event), `a:${event.anonymousId}`];
        // Whose devices they are matters for those asked for; which devices they have, for all.
        if (linked.has(user)) linked.add(device);
        else if (round === 0 && linked.has(device)) linked.add(user);
      }
    }
    if (linked.size === before) break;
  }
  return linked;
}

/** What is remembered of a shopper, where anything is. */
export type Remembers = (shopper: string) => ShopperMemory | undefined;

/**
 * Folds shoppers and devices, `linkedWith` each other, from the log into a mirror that knows nobody yet. Of the events only those that are in what is
 * `held` of them: the others are on their way, and are folded and counted when they arrive.
 */
export async function foldApart(
  { log, tenant }: TenantLog,
  linked: ReadonlySet<string>,
  held: Remembers,
  into: Mirror,
): Promise<void> {
  for await (const events of log.read({ tenant, order: 'knowable' })) {
    for (const event of events) {
      const own = shopperOf(event);
      const device = event.anonymousId === undefined ? own : `a:${event.anonymousId}`;
      const asked = linked.has(own) ? own : linked.has(device) ? device : undefined;
      if (asked !== undefined && event.mark === undefined && isIn(held(asked), event)) into.place(event);
    }
  }
}

/** Whether an event is in a memory, or came too late for it. */
function isIn(memory: ShopperMemory | undefined, event: ShopEvent): boolean {
  if (memory === undefined) return false;
  const firm = memory.tail.length === 0 ? memory.live : memory.settled;
  if (firm !== undefined && !isNext(firm, event)) return true;
  return memory.tail.some(({ eventId }) => eventId === event.eventId);
}
