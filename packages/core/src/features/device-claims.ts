import type { ShopEvent } from '../events/event.ts';
import { type History, type HistoryPlan, noteOrder } from './history.ts';

/** What a login took over from the device it happened on: a history, or nothing. */
export interface Claim {
  readonly login: ShopEvent;
  readonly history: History | undefined;
}

/** Whether an event is a login: it names both the user and the device, and so links them. */
export const isLogin = ({ userId, anonymousId }: Pick<ShopEvent, 'userId' | 'anonymousId'>): boolean =>
  userId !== undefined && anonymousId !== undefined;

/**
 * Folds a login into a device's history and answers what it claims. A device belongs to the first user who logs in on it: each of their logins takes
 * what was done on it anonymously since the one before. With the login of a second user it is shared, and nothing is claimed any more, by anybody.
 */
export function foldLogin(plan: HistoryPlan, device: History, login: ShopEvent): Claim {
  device.owner ??= login.userId;
  if (device.owner !== login.userId) device.shared = true;
  if (device.shared || device.events === 0) {
    noteOrder(device, login);
    return { login, history: undefined };
  }
  const history = { ...device };
  device.states = plan.shopper.fresh();
  device.sessions = [];
  device.current = undefined;
  device.events = 0;
  device.purchases = 0;
  device.lastItem = undefined;
  noteOrder(device, login);
  return { login, history };
}
