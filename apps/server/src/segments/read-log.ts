import { setImmediate } from 'node:timers/promises';
import { type Ledgers, openLedgers } from '@tillcast/core/decisions/segments/ledger';
import { knowableAtMs, type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { featureCatalog } from '@tillcast/core/features/catalog';
import { isLogin } from '@tillcast/core/features/device-claims';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { type Asked, type AskedBook, openAskedBook } from './asked.ts';

/** How the log is read. */
export interface LogReading {
  /** Events as the features see them. */
  readonly log: Pick<EventLog, 'read'>;
  readonly timeZone: string;
  readonly sessionGapMs: number;
  /** What is knowable by then, and nothing later. */
  readonly asOfMs: number;
  /** Chances of earlier snapshots whose windows have closed. */
  readonly asked: Iterable<Asked>;
  /** Events of people who were erased are passed over. */
  readonly isErased?: (event: ShopEvent) => boolean;
  /** Gets every event on the way, and says which session it fell into; default: one that knows nothing else, in bounded memory. */
  readonly engine?: Pick<FeatureEngine, 'apply' | 'appliedSessionId'>;
  /** Told how many events were read, now and then. */
  readonly onProgress?: (events: number) => void;
}

const noFeatures: typeof featureCatalog = [];
/** For visits that are under way: whoever is forgotten has begun none. */
const engineBytes = 16 * 1_048_576;
/** Events read before others get their turn: about a millisecond of work. */
const batch = 256;

/** Reads the whole log once: the ledgers of all shoppers, and what became of earlier chances. */
export async function readLog(reading: LogReading) {
  const { log, timeZone, sessionGapMs, asOfMs, asked, isErased = () => false, onProgress } = reading;
  const engine = reading.engine ?? openFeatureEngine({ timeZone, sessionGapMs, memoryBytes: engineBytes }, noFeatures);
  const ledgers: Ledgers = openLedgers();
  const owners = openDeviceOwners(ledgers.all);
  const book: AskedBook = openAskedBook(asked);
  let read = 0;
  for await (const events of log.read({ order: 'knowable', batch })) {
    for (const event of events) {
      if (knowableAtMs(event) > asOfMs) return { ledgers: ledgers.all, bought: book.bought };
      if (isErased(event)) continue;
      const became = engine.apply(event);
      if (became === 'marked' || became === 'duplicate') continue;
      // What came too late for the features was bought all the same.
      const device = became === 'too_late' ? undefined : owners.claimedBy(event);
      const shopper = owners.of(shopperOf(event));
      if (device !== undefined) {
        ledgers.absorb(device, shopper);
        book.absorb(device, shopper);
      }
      ledgers.note(shopper, event);
      book.note(shopper, event, (became === 'too_late' ? undefined : engine.appliedSessionId) ?? event.sessionId);
    }
    read += events.length;
    onProgress?.(read);
    await setImmediate();
  }
  return { ledgers: ledgers.all, bought: book.bought };
}

/**
 * Whose a device's history is (docs/adr/0013-identity.md): that of the first user who logs in on it, unless somebody else did so first. Kept beside the
 * ledgers, and not asked of the engine, which forgets for its bound.
 */
function openDeviceOwners(ledgers: ReadonlyMap<string, unknown>) {
  const firstUser = new Map<string, string>();
  const shared = new Set<string>();
  const owners = new Map<string, string>();
  return {
    of: (shopper: string): string => owners.get(shopper) ?? shopper,
    /** The device whose ledger becomes that of the event's user by it. */
    claimedBy(event: ShopEvent): string | undefined {
      if (!isLogin(event)) return undefined;
      const [device, user] = [`a:${event.anonymousId}`, shopperOf(event)];
      const first = firstUser.get(device) ?? user;
      firstUser.set(device, first);
      if (first !== user) shared.add(device);
      if (shared.has(device) || !ledgers.has(device)) return undefined;
      owners.set(device, user);
      return device;
    },
  };
}
