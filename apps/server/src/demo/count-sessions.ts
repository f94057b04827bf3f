import { shopperOf } from '@tillcast/core/events/event';
import { nextSession, type Session, sessionKey } from '@tillcast/core/events/session';
import type { EventLog } from '@tillcast/core/ports/event-log';

/** How many visits the log holds: by session id where given, by half an hour of silence otherwise. */
export async function countSessions(log: EventLog): Promise<number> {
  const named = new Set<string>();
  const last = new Map<string, Session>();
  let derived = 0;
  for await (const events of log.read()) {
    for (const event of events) {
      const shopper = shopperOf(event);
      if (event.sessionId !== undefined) {
        named.add(sessionKey(event.tenant, shopper, event.sessionId));
        continue;
      }
      const before = last.get(shopper);
      const session = nextSession(before, event);
      if (session.id !== before?.id) derived += 1;
      last.set(shopper, session);
    }
  }
  return named.size + derived;
}
