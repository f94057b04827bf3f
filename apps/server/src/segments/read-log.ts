import { setImmediate } from 'node:timers/promises';
import { type Ledgers, openLedgers } from '@tillcast/core/decisions/segments/ledger';
import { knowableAtMs, type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { featureCatalog } from '@tillcast/core/features/catalog';
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
}

/** Who is whom, and which session an event fell into, is the engine's business; features are not asked for. */
const noFeatures: typeof featureCatalog = [];
/** Events read before others get their turn: about a millisecond of work. */
const batch = 256;

/** Reads the whole log once: the ledgers of all shoppers, and what became of earlier chances. */
export async function readLog({ log, timeZone, sessionGapMs, asOfMs, asked, isErased = () => false }: LogReading) {
  const engine = openFeatureEngine({ timeZone, sessionGapMs }, noFeatures);
  const ledgers: Ledgers = openLedgers();
  const owners = new Map<string, string>();
  const book: AskedBook = openAskedBook(asked);
  for await (const events of log.read({ order: 'knowable', batch })) {
    for (const event of events) {
      if (knowableAtMs(event) > asOfMs) return { ledgers: ledgers.all, bought: book.bought };
      if (isErased(event)) continue;
      const became = engine.apply(event);
      if (became === 'marked' || became === 'duplicate') continue;
      // What came too late for the features was bought all the same.
      const isLate = became === 'too_late';
      const own = isLate ? shopperOf(event) : engine.appliedShopper!;
      const shopper = owners.get(own) ?? own;
      const device = isLate ? undefined : engine.appliedDevice;
      const session = isLate ? undefined : engine.appliedSessionId;
      if (device !== undefined) {
        owners.set(device, shopper);
        ledgers.absorb(device, shopper);
        book.absorb(device, shopper);
      }
      ledgers.note(shopper, event);
      book.note(shopper, event, session ?? event.sessionId);
    }
    await setImmediate();
  }
  return { ledgers: ledgers.all, bought: book.bought };
}
