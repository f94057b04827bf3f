import type { LineItem, ShopEvent } from '../events/event.ts';
import { type ByteSink, type ByteSource, broken, openByteSink, openByteSource } from './codec-bytes.ts';
import { putValue, readValue } from './codec-value.ts';
import type { Feature } from './feature.ts';
import { fixedEvent } from './fixed-event.ts';
import type { History, HistoryPlan, Session } from './history.ts';
import type { EntityPlan } from './plan.ts';
import { openShopper, refold, type ShopperMemory } from './shopper-memory.ts';

/** Raised whenever the way of laying out changes. */
const VERSION = 1;

/** Turns what is remembered of a shopper into compact bytes and back, the same to the bit. */
export interface ShopperCodec {
  /**
   * 8 hexadecimal digits that differ where the bytes mean something else: another layout, other accumulators, another meaning of a feature.
   * Bytes of another layout are not read; what they told is folded anew from the log.
   */
  readonly layout: string;
  encode(memory: ShopperMemory): Uint8Array;
  /** Of the tail's events, the fields in `keptOfEvents`. Undefined: the bytes are of another layout. Raises INPUT_INVALID where they make no sense. */
  decode(bytes: Uint8Array, shopper: string, number: number): ShopperMemory | undefined;
}

/**
 * The fields of an event that outlive its arrival in the tail of a shopper, in which a late event makes it fold once more. A fold may read no others:
 * free text (`context`) would multiply what a shopper costs.
 */
const texts = ['eventId', 'userId', 'anonymousId', 'sessionId', 'transactionId', 'currency'] as const;
const numbers = ['eventTimeMs', 'receivedAtMs', 'sequence', 'value'] as const;
export const keptOfEvents: readonly (keyof ShopEvent)[] = ['tenant', 'event', 'items', ...texts, ...numbers];

/** Opens the codec of a catalogue's states. */
export function openShopperCodec(plan: HistoryPlan, catalog: readonly Feature[]): ShopperCodec {
  const sink = openByteSink();
  const histories = openHistoryCodec(plan);
  const layout = layoutOf(plan, catalog);

  function encode(memory: ShopperMemory): Uint8Array {
    sink.byte(VERSION);
    for (let at = 0; at < layout.length; at += 2) sink.byte(Number.parseInt(layout.slice(at, at + 2), 16));
    putValue(sink, memory.maxReceivedAtMs);
    sink.count(memory.tail.length);
    // While there is a tail, what is live is the fold of what is settled and the tail: it is folded again.
    const firm = memory.tail.length === 0 ? memory.live : memory.settled;
    sink.byte(firm === undefined ? 0 : 1);
    if (firm !== undefined) histories.put(sink, firm);
    for (const event of memory.tail) putEvent(sink, event);
    sink.count(memory.taken?.size ?? 0);
    for (const [eventId, history] of memory.taken ?? []) {
      sink.text(eventId);
      histories.put(sink, history);
    }
    return sink.take();
  }

  function decode(bytes: Uint8Array, shopper: string, number: number): ShopperMemory | undefined {
    const from = openByteSource(bytes);
    if (from.byte() !== VERSION) return undefined;
    for (let at = 0; at < layout.length; at += 2)
      if (from.byte() !== Number.parseInt(layout.slice(at, at + 2), 16)) return undefined;
    const memory = openShopper(plan, shopper, number);
    memory.maxReceivedAtMs = readValue(from) as number;
    const length = from.count();
    const firm = from.byte() === 0 ? undefined : histories.read(from);
    for (let left = length; left > 0; left--) memory.tail.push(readEvent(from));
    const taken = from.count();
    if (taken > 0) memory.taken = new Map();
    for (let left = taken; left > 0; left--) {
      const eventId = from.text();
      memory.taken!.set(eventId, histories.read(from));
    }
    from.end();
    if (length === 0) memory.live = firm ?? memory.live;
    else {
      memory.settled = firm;
      refold(plan, memory);
    }
    return memory;
  }

  return { layout, encode, decode };
}

/** FNV-1a (Fowler, Noll, Vo) of everything that the bytes take for granted. */
function layoutOf(plan: HistoryPlan, catalog: readonly Feature[]): string {
  const shapes = [plan.session, plan.shopper].map((entity) => entity.fresh());
  const names = [...new Set(catalog.flatMap(({ reads }) => reads.map(({ entity, name }) => `${entity}.${name}`)))];
  const meanings = catalog.map(({ name, version = 1 }) => `${name}@${version}`);
  const said = JSON.stringify([VERSION, keptOfEvents, shapes, names, meanings]);
  let hash = 0x811c9dc5;
  for (let at = 0; at < said.length; at++) hash = Math.imul(hash ^ said.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

const CURRENT_ELSEWHERE = 1;
const NO_CURRENT = 0;

function openHistoryCodec(plan: HistoryPlan) {
  const [session, shopper] = [openStatesCodec(plan.session), openStatesCodec(plan.shopper)];

  function putSession(to: ByteSink, { id, lastMs, events, purchases, states }: Session): void {
    to.text(id);
    for (const number of [lastMs, events, purchases]) putValue(to, number);
    session.put(to, states);
  }

  function readSession(from: ByteSource): Session {
    const id = from.text();
    const [lastMs, events, purchases] = [readValue(from), readValue(from), readValue(from)] as [number, number, number];
    return { id, lastMs, events, purchases, states: session.read(from) };
  }

  return {
    put(to: ByteSink, history: History): void {
      const { sessions, current } = history;
      for (const number of [history.events, history.purchases, history.lastMs, history.lastSequence]) putValue(to, number);
      to.text(history.lastEventId);
      putValue(to, history.owner);
      putValue(to, history.shared);
      to.byte(history.lastItem === undefined ? 0 : 1);
      if (history.lastItem !== undefined) putLine(to, history.lastItem);
      shopper.put(to, history.states);
      to.count(sessions.length);
      for (const one of sessions) putSession(to, one);
      const at = current === undefined ? -1 : sessions.indexOf(current);
      to.count(current === undefined ? NO_CURRENT : at < 0 ? CURRENT_ELSEWHERE : at + 2);
      if (current !== undefined && at < 0) putSession(to, current);
    },

    read(from: ByteSource): History {
      const [events, purchases, lastMs, lastSequence] = [0, 1, 2, 3].map(() => readValue(from)) as [
        number,
        number,
        number,
        number,
      ];
      const lastEventId = from.text();
      const owner = readValue(from) as string | undefined;
      const shared = readValue(from) as boolean;
      const lastItem = from.byte() === 0 ? undefined : readLine(from);
      const states = shopper.read(from);
      const sessions: Session[] = [];
      for (let left = from.count(); left > 0; left--) sessions.push(readSession(from));
      const place = from.count();
      const current = place === CURRENT_ELSEWHERE ? readSession(from) : sessions[place - 2];
      return { states, sessions, current, events, purchases, lastMs, lastSequence, lastEventId, lastItem, owner, shared };
    },
  };
}

/** The states of one entity; of those that are records, the names of the fields are known beforehand. */
function openStatesCodec({ fresh }: Pick<EntityPlan, 'fresh'>) {
  const names = fresh().map((state) => (isRecord(state) ? Object.keys(state) : undefined));
  return {
    put(to: ByteSink, states: readonly unknown[]): void {
      to.count(states.length);
      for (let index = 0; index < states.length; index++) {
        const state = states[index];
        const fields = names[index];
        if (fields === undefined) putValue(to, state);
        else for (const field of fields) putValue(to, (state as Record<string, unknown>)[field]);
      }
    },
    read(from: ByteSource): unknown[] {
      const count = from.count();
      if (count > names.length) throw broken('holds more states than there are');
      return names.slice(0, count).map((fields) => {
        if (fields === undefined) return readValue(from);
        const state: Record<string, unknown> = {};
        for (const field of fields) state[field] = readValue(from);
        return state;
      });
    },
  };
}

const isRecord = (state: unknown): state is Record<string, unknown> =>
  typeof state === 'object' && state !== null && Object.getPrototypeOf(state) === Object.prototype;

function putLine(to: ByteSink, { itemId, category, brand, price, quantity }: LineItem): void {
  to.text(itemId);
  for (const value of [category, brand, price, quantity]) putValue(to, value);
}

function readLine(from: ByteSource): LineItem {
  const itemId = from.text();
  const [category, brand, price, quantity] = [0, 1, 2, 3].map(() => readValue(from));
  return { itemId, category, brand, price, quantity } as LineItem;
}

function putEvent(to: ByteSink, event: ShopEvent): void {
  to.text(event.tenant);
  to.text(event.event);
  for (const name of texts) putValue(to, event[name]);
  for (const name of numbers) putValue(to, event[name]);
  to.count(event.items.length);
  for (const line of event.items) putLine(to, line);
}

function readEvent(from: ByteSource): ShopEvent {
  const held: Record<string, unknown> = { tenant: from.text(), event: from.text() };
  for (const name of texts) held[name] = readValue(from);
  for (const name of numbers) held[name] = readValue(from);
  const items: LineItem[] = [];
  for (let left = from.count(); left > 0; left--) items.push(readLine(from));
  return fixedEvent({ ...held, items } as unknown as ShopEvent);
}
