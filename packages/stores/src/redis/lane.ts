import type { ShopEvent } from '@tillcast/core/events/event';
import type { CountsAdded } from '@tillcast/core/features/codec-counts';
import { isLogin } from '@tillcast/core/features/device-claims';
import type { Mirror, Taken } from '@tillcast/core/features/mirror';
import { type SharedName, sharedEntities, sharedEntityOf } from '@tillcast/core/features/shared-states';
import type { ShopperMemory } from '@tillcast/core/features/shopper-memory';
import { readRows } from './counter-bytes.ts';
import { type EventGroup, groupEvents } from './event-groups.ts';
import { RedisFailure } from './failure.ts';
import type { HotKeys } from './hot-keys.ts';
import type { RedisLink } from './redis-link.ts';
import { runScript } from './run-script.ts';
import { newShopperValue, noStamp, noState, readShopperValue } from './shopper-value.ts';
import { stepScript } from './step-script.ts';

/** What became of an event, or why the features could not take it. */
export type Outcome = Taken | { readonly poison: unknown };

/** The epoch that was asked for is not the current one; undefined = there is none: the states are lost. */
export class EpochMoved extends RedisFailure {
  readonly now: string | undefined;

  constructor(now: string | undefined, options?: ErrorOptions) {
    super(
      'refused',
      now === undefined ? 'Redis has lost the hot state; it is folded anew' : 'the hot state was folded anew',
      options,
    );
    this.now = now;
  }
}

/** What becomes of events that are handed over. */
export interface Report {
  /** In Redis, for good. */
  readonly done: Map<ShopEvent, Outcome>;
  /** At hand; whether in Redis as well is not known. */
  readonly atHand: Map<ShopEvent, Taken>;
}

export interface LaneParts {
  readonly link: RedisLink;
  readonly mirror: Mirror;
  readonly tenant: string;
  readonly keys: HotKeys;
  readonly epoch: string;
  /** The key that must name `epoch` for anything to be done. */
  readonly guard: string;
  readonly keptMs: number;
  readonly maxShopperBytes: number;
  readonly budgetMs?: number;
}

/** The way of one tenant's states between Redis and a mirror, within one epoch. */
export interface Lane {
  readonly epoch: string;
  /**
   * Folds events, each with those it depends on in one atomic step; again from what Redis holds, wherever another process was faster. One call at a
   * time. Rejects with `RedisFailure` when nobody knows what became of the rest: handing the same events over again does what is left.
   */
  hand(events: readonly ShopEvent[], report: Report): Promise<void>;
  /** Brings shoppers and shared states to the mirror, in one reading; `spare` are left as they are at hand. */
  bring(shoppers: readonly string[], names: readonly SharedName[], spare: ReadonlySet<string>): Promise<void>;
  /** Puts what others remember of shoppers, who were brought, in the place of what Redis holds; false = it was not what had been brought any more. */
  replace(shoppers: readonly string[], by: (shopper: string) => ShopperMemory | undefined): Promise<boolean>;
  /** The next step concerning a shopper starts from what Redis holds, whatever is at hand. */
  doubt(shopper: string): void;
}

/** Events in one script: Redis serves nobody else meanwhile. */
const eventsAtOnce = 64;
/** What a step may take: no prediction waits for it. */
const stepMs = 100;
/** Each round that is not the last was lost to another process that got further. */
const maxRounds = 100;

interface Draft {
  readonly group: EventGroup;
  readonly taken: ReadonlyMap<ShopEvent, Taken>;
  readonly writes: readonly { readonly memory: ShopperMemory; readonly stamp: Buffer; readonly value: Buffer | undefined }[];
  readonly counts: ReadonlyMap<SharedName, CountsAdded>;
}

/** Nothing to write, and nobody of whom it was only supposed that Redis does not know them. */
const isIdle = ({ writes, counts }: Draft): boolean =>
  counts.size === 0 && writes.every(({ value, stamp }) => value === undefined && stamp.length > 0);

/** Opens a lane; nothing is asked of Redis before it is needed. */
export function openLane({ link, mirror, tenant, keys, epoch, guard, keptMs, maxShopperBytes, budgetMs }: LaneParts): Lane {
  /** The stamp of the value that a memory at hand was read from; a memory without one may be ahead of Redis, or beside it. */
  const stamps = new WeakMap<ShopperMemory, Buffer>();
  const series = sharedEntities.map((entity) => mirror.series[entity].map(({ span, width }) => `${span}:${width}`).join(','));

  function bringShopper(shopper: string, value: Buffer | null): ShopperMemory {
    const { stamp, state } = readShopperValue(value);
    let memory: ShopperMemory | undefined;
    try {
      memory = mirror.bring(tenant, shopper, state);
    } catch (cause) {
      throw new EpochMoved(undefined, { cause });
    }
    if (memory === undefined) throw new EpochMoved(undefined);
    stamps.set(memory, stamp);
    return memory;
  }

  /** Folds a group at hand. Whom it does not know of, it takes for new: if they are not, Redis will say so, and who they are. */
  function draft(group: EventGroup, aside: Map<string, ShopperMemory>, outcomes: Map<ShopEvent, Outcome>): Draft {
    const members = group.shoppers.map((shopper) => {
      const held = mirror.at(tenant, shopper);
      if (held !== undefined && stamps.has(held)) return held;
      if (held !== undefined && !aside.has(shopper)) aside.set(shopper, held);
      return bringShopper(shopper, null);
    });
    const before = new Map(members.map((memory) => [memory, memory.live]));
    const taken = new Map<ShopEvent, Taken>();
    const touched = new Set<string>();
    const counts = new Map<SharedName, CountsAdded>();
    for (const event of group.events) {
      if (outcomes.has(event)) continue;
      try {
        const one = mirror.place(event);
        taken.set(event, one);
        if (one.sessionId !== undefined) mirror.count(event, counts);
        if (one.applied !== 'folded' && one.applied !== 'refolded' && !isLogin(event)) continue;
        touched.add(one.shopper);
        if (isLogin(event)) touched.add(`a:${event.anonymousId}`);
      } catch (poison) {
        outcomes.set(event, { poison });
        for (const memory of members) stamps.delete(memory);
        return draft(group, aside, outcomes);
      }
    }
    const writes = members.map((memory) => ({
      memory,
      stamp: stamps.get(memory)!,
      value: touched.has(memory.shopper) || before.get(memory) !== memory.live ? write(memory) : undefined,
    }));
    return { group, taken, writes, counts };
  }

  const write = (memory: ShopperMemory): Buffer => newShopperValue(mirror.encode(memory, maxShopperBytes));

  function settle({ taken, writes }: Draft, outcomes: Map<ShopEvent, Outcome>): void {
    for (const { memory, stamp, value } of writes) {
      // Doubted while the step was under way: something was folded at hand that is not in what was written.
      if (value !== undefined && stamps.get(memory) === stamp) stamps.set(memory, readShopperValue(value).stamp);
    }
    for (const [event, one] of taken) {
      outcomes.set(event, one);
      if (one.sessionId !== undefined) mirror.countHere(event);
    }
  }

  async function step(drafts: readonly Draft[]): Promise<unknown[]> {
    const shoppers = [...new Set(drafts.flatMap(({ group }) => group.shoppers))];
    const names = [...new Set(drafts.flatMap(({ counts }) => [...counts.keys()]))];
    const placeOf = new Map(
      [...shoppers, ...names].map((name, at) => [name, at < shoppers.length ? at + 1 : at - shoppers.length + 1]),
    );
    const args: (string | number | Buffer)[] = [epoch, keptMs, shoppers.length, names.length, drafts.length, ...series];
    for (const name of names) args.push(sharedEntities.indexOf(sharedEntityOf(name)) + 1);
    for (const { writes, counts } of drafts) {
      args.push(writes.length);
      for (const { memory, stamp, value } of writes) args.push(placeOf.get(memory.shopper)!, stamp, value ?? noStamp);
      const listed = [...counts].flatMap(([name, values]) =>
        [...values].flatMap(([counter, by]) => [placeOf.get(name)!, counter, by]),
      );
      args.push(listed.length / 3, ...listed);
    }
    const all = [guard, ...shoppers.map((one) => keys.shopper(epoch, one)), ...names.map((name) => keys.shared(epoch, name))];
    const answer = await link.run((redis) => runScript(redis, stepScript, all, args), budgetMs ?? stepMs);
    if (!Array.isArray(answer)) throw new EpochMoved(String(answer) || undefined);
    return answer.map((one: unknown) => {
      if (!Array.isArray(one)) return one;
      for (let at = 0; at < one.length; at += 2) bringShopper(shoppers[(one[at] as number) - 1]!, one[at + 1] as Buffer);
      return undefined;
    });
  }

  async function handChunk(events: readonly ShopEvent[], { done, atHand }: Report): Promise<void> {
    const aside = new Map<string, ShopperMemory>();
    let drafts: Draft[] = [];
    try {
      for (let round = 0; ; round += 1) {
        const left = events.filter((event) => !done.has(event));
        if (left.length === 0) return;
        if (round === maxRounds) throw new RedisFailure('refused', `other processes were faster ${maxRounds} times`);
        drafts = groupEvents(left, mirror.concerns).map((group) => draft(group, aside, done));
        for (const idle of drafts.filter(isIdle)) settle(idle, done);
        const busy = drafts.filter((one) => !isIdle(one));
        if (busy.length === 0) continue;
        for (const [index, answer] of (await step(busy)).entries()) if (answer === 1) settle(busy[index]!, done);
      }
    } catch (error) {
      for (const one of drafts) giveBack(one, aside, done, atHand);
      throw error;
    }
  }

  /** After a failure: what is at hand may hold events that Redis does not, or lack what was known before. */
  function giveBack(
    { group, taken }: Draft,
    aside: Map<string, ShopperMemory>,
    done: Report['done'],
    atHand: Report['atHand'],
  ): void {
    for (const shopper of group.shoppers) doubt(shopper);
    const wasStrange = group.shoppers.some((shopper) => aside.has(shopper));
    for (const shopper of group.shoppers) {
      const memory = aside.get(shopper);
      if (memory !== undefined) mirror.hold(tenant, memory);
    }
    if (wasStrange) return;
    for (const [event, one] of taken) {
      if (done.has(event)) continue;
      atHand.set(event, one);
      if (one.sessionId !== undefined) mirror.countHere(event);
    }
  }

  function doubt(shopper: string): void {
    const held = mirror.at(tenant, shopper);
    if (held !== undefined) stamps.delete(held);
  }

  function replace(shoppers: readonly string[], by: (shopper: string) => ShopperMemory | undefined): Draft {
    const writes = shoppers.map((shopper) => {
      const memory = mirror.at(tenant, shopper)!;
      const other = by(shopper);
      return { memory, stamp: stamps.get(memory)!, value: other === undefined ? newShopperValue(noState) : write(other) };
    });
    return { group: { shoppers, events: [] }, taken: new Map(), writes, counts: new Map() };
  }

  return {
    epoch,
    doubt,
    replace: async (shoppers, by) => (await step([replace(shoppers, by)]))[0] === 1,
    async hand(events, report) {
      for (let from = 0; from < events.length; from += eventsAtOnce)
        await handChunk(events.slice(from, from + eventsAtOnce), report);
    },
    async bring(shoppers, names, spare) {
      const all = [guard, ...shoppers.map((one) => keys.shopper(epoch, one)), ...names.map((name) => keys.shared(epoch, name))];
      const [now, ...values] = await link.run((redis) => redis.mgetBuffer(all), budgetMs);
      if (now?.toString() !== epoch) throw new EpochMoved(now?.toString());
      shoppers.forEach((shopper, index) => {
        const value = values[index] ?? null;
        const held = mirror.at(tenant, shopper);
        const known = held === undefined ? undefined : stamps.get(held);
        if (!spare.has(shopper) && known?.equals(readShopperValue(value).stamp) !== true) bringShopper(shopper, value);
      });
      names.forEach((name, index) => {
        const value = values[shoppers.length + index] ?? null;
        mirror.bringShared(tenant, name, value === null ? [] : readRows(value));
      });
    },
  };
}
