import { setImmediate } from 'node:timers/promises';
import type { ShopEvent } from '@tillcast/core/events/event';
import { isLogin } from '@tillcast/core/features/device-claims';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { Subject } from './subject.ts';

/** What the log holds of a subject. */
export interface SubjectEvents {
  /** Theirs, in the order of events of each device and of the user. */
  readonly events: readonly ShopEvent[];
  /** Devices that are the user’s alone. */
  readonly devices: readonly string[];
  /** Of a device: the user whose history it became part of. */
  readonly owner?: string;
}

/** Events read at once: others get their turn between two pages. */
const page = 2_000;

async function eachEvent(log: EventLog, visit: (event: ShopEvent) => void): Promise<void> {
  for await (const batch of log.read({ batch: page })) {
    for (const event of batch) visit(event);
    await setImmediate();
  }
}

/** What was done on one device, as identity sees it (docs/adr/0013-identity.md). */
interface Device {
  owner: string | undefined;
  shared: boolean;
  /** Anonymous events until somebody else logged in. */
  readonly events: ShopEvent[];
}

/** Follows devices through their events, in order. */
function openDevices(ids: Iterable<string>) {
  const devices = new Map([...ids].map((id): [string, Device] => [id, { owner: undefined, shared: false, events: [] }]));
  return {
    devices,
    visit(event: ShopEvent): void {
      const device = event.anonymousId === undefined ? undefined : devices.get(event.anonymousId);
      if (device === undefined || device.shared) return;
      if (!isLogin(event)) device.events.push(event);
      else {
        device.owner ??= event.userId;
        device.shared = device.owner !== event.userId;
      }
    },
  };
}

async function ofUser(log: EventLog, userId: string): Promise<SubjectEvents> {
  const events: ShopEvent[] = [];
  const seenOn = new Set<string>();
  await eachEvent(log, (event) => {
    if (event.userId !== userId) return;
    events.push(event);
    if (event.anonymousId !== undefined) seenOn.add(event.anonymousId);
  });
  if (seenOn.size === 0) return { events, devices: [] };
  const { devices, visit } = openDevices(seenOn);
  await eachEvent(log, visit);
  const own = [...devices].filter(([, { owner }]) => owner === userId);
  return {
    events: [...events, ...own.flatMap(([, device]) => device.events)],
    devices: own.filter(([, { shared }]) => !shared).map(([id]) => id),
  };
}

async function ofDevice(log: EventLog, anonymousId: string): Promise<SubjectEvents> {
  const events: ShopEvent[] = [];
  const { devices, visit } = openDevices([anonymousId]);
  await eachEvent(log, (event) => {
    visit(event);
    if (event.anonymousId === anonymousId && event.userId === undefined) events.push(event);
  });
  const { owner } = devices.get(anonymousId)!;
  return { events, devices: [], ...(owner === undefined ? {} : { owner }) };
}

/**
 * Reads the log for a subject. A user’s are the events that name them and, of devices they logged in on first, what was done there anonymously
 * until somebody else logged in; a device’s are those that name nobody else.
 */
export const findSubjectEvents = (log: EventLog, { userId, anonymousId }: Subject): Promise<SubjectEvents> =>
  userId === undefined ? ofDevice(log, anonymousId!) : ofUser(log, userId);
