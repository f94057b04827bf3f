import type { ShopEvent } from '../events/event.ts';
import type { Feature, Moment } from './feature.ts';

/**
 * What became of an event handed to the engine. `too_late`: older than the allowed lateness, kept out of every state.
 * `duplicate`: applied before, as far as the engine still remembers its place; nothing changed. `marked`: no shopper's, so in no state.
 */
export type Applied = 'folded' | 'refolded' | 'too_late' | 'duplicate' | 'marked';

export interface EngineSettings {
  /** IANA name; calendar features are computed in it. */
  readonly timeZone: string;
  /** Silence that ends a session without an id; default 30 minutes. */
  readonly sessionGapMs?: number;
  /** How late (received − happened) an event may be and still find its place; default 1 hour; 0 for replays that have no late events. */
  readonly allowedLatenessMs?: number;
  /** By how much events may change places on their way here, once they are received: for so long, ms, their places stay open beyond the lateness. Default 0. */
  readonly reorderMs?: number;
  /** How many shoppers are remembered at most; the longest unseen are forgotten first. Default: all. */
  readonly maxShoppers?: number;
  /** How many items, and as many brands and categories, are remembered at most. Default: all. */
  readonly maxItems?: number;
  /**
   * Bytes that what is remembered of one tenant may take, about; instead of `maxShoppers` and `maxItems`. What was not touched for longest is packed, to
   * the same bits, and what was packed longest ago is forgotten. Default: no bound.
   */
  readonly memoryBytes?: number;
}

/** Who asks, when, about what. Calendar fields left out are computed from `asOfMs` in the shop's time zone. */
export interface Question extends Partial<Omit<Moment, 'asOfMs'>> {
  readonly tenant?: string;
  /** `shopperOf(event)`. */
  readonly shopper: string;
  /** Absent: the shopper's session at `asOfMs` by the rule of silence. */
  readonly sessionId?: string;
  readonly asOfMs: number;
}

/**
 * Folds events into the states that features read, and answers rows. The same object serves online and in replay.
 * Events are handed over in order of knowability, give or take `reorderMs` (online: as they arrive). `row` reflects exactly the events applied so far, and must be
 * asked with `asOfMs` ≥ the `eventTimeMs` of every applied event of that shopper.
 */
export interface FeatureEngine {
  readonly features: readonly Feature[];
  /** Each event once: only the log remembers every id. A repeated event changes nothing all the same: it is a `duplicate` or `too_late`. */
  apply(event: ShopEvent): Applied;
  /** The id, given or derived, of the session the event applied last fell into; undefined when it was too late or a duplicate. */
  readonly appliedSessionId: string | undefined;
  /** The device (`shopperOf` its anonymous events) whose history the event applied last, a login, made its user's; undefined = none. */
  readonly appliedDevice: string | undefined;
  /** Whose event was applied last: `shopperOf(event)`. */
  readonly appliedShopper: string | undefined;
  /**
   * The number of that shopper among those this engine met (0, 1, 2 …), so that a caller can keep things by shopper in an array instead of looking
   * texts up. A shopper forgotten or packed for the bounds comes back under a new number.
   */
  readonly appliedShopperNumber: number | undefined;
  /** The same for the item of the last line of the event applied last; undefined when it had none. */
  readonly appliedItemNumber: number | undefined;
  /** One value a feature, in catalogue order, rounded to float32; written into `out` at `offset` where given. */
  row(question: Question, out?: Float32Array, offset?: number): Float32Array;
  /** What the cold-start ladder and the list of shoppers need to know of one shopper; undefined = never seen. */
  shopper(shopper: string, tenant?: string): ShopperView | undefined;
  /** How much is remembered at the moment, and how much was forgotten for the bounds since the engine was opened; of all tenants. */
  remembered(): Remembered;
}

export interface Remembered {
  readonly shoppers: number;
  readonly items: number;
  readonly forgottenShoppers: number;
  readonly forgottenItems: number;
}

export interface ShopperView {
  readonly shopper: string;
  readonly events: number;
  readonly purchases: number;
  readonly lastEventTimeMs: number;
  /** The id, given or derived, of the session of the last event. */
  readonly sessionId: string;
  readonly sessionEvents: number;
  /** Purchases in that session. */
  readonly sessionPurchases: number;
  /** The last line item seen, what a question without a product is about. */
  readonly lastItem?: { readonly itemId: string; readonly category?: string; readonly brand?: string; readonly price?: number };
}
