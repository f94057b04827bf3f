import type { ShopEvent } from '@tillcast/core/events/event';
import { boundedMap } from '@tillcast/core/features/bounded-map';
import { isLogin } from '@tillcast/core/features/device-claims';

/** Whose devices are whose, by the logins seen: a device belongs to the first user who logs in on it, and to nobody once a second one does (docs/adr/0013-identity.md). */
export interface OwnedDevices {
  note(event: ShopEvent): void;
  of(userId: string): readonly string[];
  forget(shopper: string): void;
}

/** Devices of one user that are looked at; who has more is a test. */
const mostDevices = 8;

/** Opens the book; beyond `limit` devices the longest unseen are forgotten. */
export function openOwnedDevices(limit = 200_000): OwnedDevices {
  const owners = boundedMap<string | null>(limit);
  const devices = boundedMap<readonly string[]>(limit);
  const leave = (userId: string, device: string): void =>
    void devices.set(
      userId,
      (devices.get(userId) ?? []).filter((one) => one !== device),
    );

  return {
    note(event) {
      if (!isLogin(event) || event.mark !== undefined) return;
      const [device, user] = [event.anonymousId!, event.userId!];
      const owner = owners.get(device);
      if (owner === user || owner === null) return;
      if (owner === undefined) {
        owners.set(device, user);
        devices.set(user, [...(devices.get(user) ?? []), device].slice(-mostDevices));
        return;
      }
      owners.set(device, null);
      leave(owner, device);
    },
    of: (userId) => devices.get(userId) ?? [],
    forget(shopper) {
      const id = shopper.slice(2);
      if (shopper.startsWith('u:')) devices.delete(id);
      else {
        const owner = owners.get(id);
        if (typeof owner === 'string') leave(owner, id);
        owners.delete(id);
      }
    },
  };
}
