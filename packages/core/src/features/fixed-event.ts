import { type EventName, eventNames, type LineItem, type ShopEvent } from '../events/event.ts';

// Events come in a score of shapes, one for each set of fields left out and order of keys, and their texts are new ones each time. Code that
// meets them all must look every field up by name; over objects of one shape it need not. A fold reads an event some hundred times.
const canonical = new Map<string, EventName>(eventNames.map((name) => [name, name]));

/** What most events leave out, shared by them. */
const nothing: Partial<ShopEvent> = {};

class FixedLine {
  readonly itemId: string;
  readonly category: string | undefined;
  readonly brand: string | undefined;
  readonly price: number | undefined;
  readonly quantity: number;

  constructor({ itemId, category, brand, price, quantity }: LineItem) {
    this.itemId = itemId;
    this.category = category;
    this.brand = brand;
    this.price = price;
    this.quantity = quantity;
  }
}

class FixedEvent {
  readonly event: EventName;
  readonly eventTimeMs: number;
  readonly items: readonly LineItem[];
  readonly tenant: string;
  readonly eventId: string;
  readonly receivedAtMs: number;
  readonly sequence: number | undefined;
  readonly userId: string | undefined;
  readonly anonymousId: string | undefined;
  readonly sessionId: string | undefined;
  /** What few ask for is read where it came from, when it is asked for. */
  #given: Partial<ShopEvent>;

  constructor(given: ShopEvent) {
    this.event = canonical.get(given.event) ?? given.event;
    this.eventTimeMs = given.eventTimeMs;
    this.items = fixedLines(given.items);
    this.tenant = given.tenant;
    this.eventId = given.eventId;
    this.receivedAtMs = given.receivedAtMs;
    this.sequence = given.sequence;
    this.userId = given.userId;
    this.anonymousId = given.anonymousId;
    this.sessionId = given.sessionId;
    this.#given = given;
  }

  /** Lets go of what no fold reads (`keptOfEvents`), free text above all. */
  lighten(): void {
    const { transactionId, value, currency } = this.#given;
    const isBare = transactionId === undefined && value === undefined && currency === undefined;
    this.#given = isBare ? nothing : ({ transactionId, value, currency } as Partial<ShopEvent>);
  }

  get claimedTimeMs(): ShopEvent['claimedTimeMs'] {
    return this.#given.claimedTimeMs;
  }

  get backfilled(): ShopEvent['backfilled'] {
    return this.#given.backfilled;
  }

  get transactionId(): ShopEvent['transactionId'] {
    return this.#given.transactionId;
  }

  get value(): ShopEvent['value'] {
    return this.#given.value;
  }

  get currency(): ShopEvent['currency'] {
    return this.#given.currency;
  }

  get predictionId(): ShopEvent['predictionId'] {
    return this.#given.predictionId;
  }

  get consent(): ShopEvent['consent'] {
    return this.#given.consent;
  }

  get context(): ShopEvent['context'] {
    return this.#given.context;
  }

  get mark(): ShopEvent['mark'] {
    return this.#given.mark;
  }
}

function fixedLines(items: readonly LineItem[]): readonly LineItem[] {
  if (items.length === 1) return [new FixedLine(items[0]!) as LineItem];
  return items.map((line) => new FixedLine(line) as LineItem);
}

/** The same event as an object of the one shape that replay runs on: every field is there, undefined where it was absent. */
export const fixedEvent = (event: ShopEvent): ShopEvent =>
  event instanceof FixedEvent ? (event as ShopEvent) : (new FixedEvent(event) as ShopEvent);

/** The same event, made fit to stay in memory: of a fixed one only what a fold reads is left. */
export function lightened(event: ShopEvent): ShopEvent {
  if (event instanceof FixedEvent) event.lighten();
  return event;
}
