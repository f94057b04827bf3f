import type { ShopEvent } from '../events/event.ts';
import { isLogin } from '../features/device-claims.ts';
import type { Exposure } from '../ports/exposure-log.ts';

/** Who the units of an experiment are: a device with one owner is its owner, a shared one is itself (docs/adr/0013-identity.md). */
export interface People {
  /** Takes a login; others are passed over. */
  login(event: Pick<ShopEvent, 'userId' | 'anonymousId' | 'mark'>): void;
  /** Takes that a key shares the assignment of a unit: they asked together. */
  bind(exposure: Pick<Exposure, 'key' | 'unit'>): void;
  /** The person behind a unit or key; once all logins are known. */
  of(key: string): string;
  /** Whom an event is to be counted for, the likeliest first. */
  candidates(event: Pick<ShopEvent, 'userId' | 'anonymousId' | 'sessionId'>): readonly string[];
}

/** Opens the book for one kind of units; of sessions, a person is a session. */
export function openPeople(isBySession: boolean): People {
  /** Owner by device; null = shared by several. Logins outrank bindings. */
  const byLogin = new Map<string, string | null>();
  const byBinding = new Map<string, string | null>();
  const unitOfUser = new Map<string, string>();

  const claim = (owners: Map<string, string | null>, device: string, user: string): void => {
    const owner = owners.get(device);
    if (owner === undefined) owners.set(device, user);
    else if (owner !== user) owners.set(device, null);
  };
  const ownerOf = (device: string): string | null | undefined => {
    const owner = byLogin.get(device);
    return owner === undefined ? byBinding.get(device) : owner;
  };
  const of = (key: string): string => (key.startsWith('a:') ? (ownerOf(key) ?? key) : key);

  return {
    login(event) {
      if (isLogin(event) && event.mark === undefined) claim(byLogin, `a:${event.anonymousId}`, `u:${event.userId}`);
    },
    bind({ key, unit }) {
      if (key.startsWith('u:') && unit.startsWith('a:')) claim(byBinding, unit, key);
      if (key.startsWith('a:') && unit.startsWith('u:')) claim(byBinding, key, unit);
      if (key.startsWith('u:') && key !== unit) unitOfUser.set(key, unit);
    },
    of,
    candidates({ userId, anonymousId, sessionId }) {
      if (isBySession) return sessionId === undefined ? [] : [`s:${sessionId}`];
      const device = anonymousId === undefined ? [] : [of(`a:${anonymousId}`)];
      if (userId === undefined) return device;
      const user = `u:${userId}`;
      const shared = unitOfUser.get(user);
      return [user, ...device, ...(shared === undefined ? [] : [of(shared)])];
    },
  };
}
