import type { ShopEvent } from '@tillcast/core/events/event';
import { knowableAtMs, shopperOf } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { EngineSettings, FeatureEngine, Question } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { HotState } from '@tillcast/core/ports/hot-state';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyHistory, inKnowableOrder, LATENESS_MS, lateHistory, linkedHistory, START_MS } from '../features/histories.ts';
import { questionsAbout } from '../features/laws.ts';

/** CI runs the same histories each time; the long run draws new ones. */
const isLong = process.env.TILLCAST_LONG === '1';
const seeded = isLong ? {} : { seed: 20_261_123 };

/** Processes that share a place, each with its own hot state over it, and the log they all append to. */
export interface HotStatesUnderTest {
  readonly processes: readonly HotState[];
  readonly log: EventLog;
  /** Takes everything from the place. Absent: the place is the process. */
  readonly lose?: () => Promise<void>;
  /** Another process over the same place, which has not read the log yet. */
  readonly open: () => HotState;
}

export type HotStateLaw = (test: HotStatesUnderTest, runs: number) => Promise<void>;

/** The wall clock of these laws, ms. */
export const hotNowMs = START_MS;
/** How engines are opened under these laws. */
export const hotEngine: EngineSettings = { timeZone: 'UTC', allowedLatenessMs: LATENESS_MS };

/** So long after each other events of a history may change places on their way. */
const reorderMs = 10 * 60_000;

/** A history of days, made one of minutes. */
const withinMinutes = (events: readonly ShopEvent[]): ShopEvent[] => {
  const shrunk = (atMs: number): number => START_MS + Math.floor((atMs - START_MS) / 4_000);
  return inKnowableOrder(
    events.map((event) => ({ ...event, eventTimeMs: shrunk(event.eventTimeMs), receivedAtMs: shrunk(event.receivedAtMs) })),
  );
};

let tenants = 0;
/** A history of a tenant of its own, some of it logins on the one device, in the order of arrival. */
const histories = (late: boolean): fc.Arbitrary<ShopEvent[]> =>
  fc
    .tuple(late ? lateHistory() : anyHistory(), fc.array(fc.nat(4), { minLength: 24, maxLength: 24 }))
    .map(([events, dice]) =>
      inKnowableOrder(events.map((event, at) => (dice[at] === 0 ? { ...event, anonymousId: 'device' } : event))),
    );
const inTenant = (events: readonly ShopEvent[]): ShopEvent[] => {
  const tenant = `t${tenants++}`;
  return events.map((event) => ({ ...event, tenant }));
};

/** How a history reaches the processes: who takes which event, what is sent twice, and in which order what comes within minutes arrives. */
interface Delivery {
  readonly to: readonly number[];
  readonly again: readonly number[];
  readonly order: readonly number[];
}
const deliveries: fc.Arbitrary<Delivery> = fc.record({
  to: fc.array(fc.nat(2), { minLength: 24, maxLength: 24 }),
  again: fc.array(fc.nat(5), { minLength: 24, maxLength: 24 }),
  order: fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
});

/** Events cut into bursts of what arrives within minutes, each burst in its own order. */
function bursts(events: readonly ShopEvent[], { order }: Delivery): ShopEvent[][] {
  const cut: ShopEvent[][] = [];
  for (const event of events) {
    const burst = cut.at(-1);
    if (burst !== undefined && knowableAtMs(event) - knowableAtMs(burst[0]!) <= reorderMs) burst.push(event);
    else cut.push([event]);
  }
  const rank = new Map(events.map((event, at) => [event, order[at]!]));
  return cut.map((burst) => burst.toSorted((a, b) => rank.get(a)! - rank.get(b)!));
}

async function takeAndApply(process: HotState, events: readonly ShopEvent[]): Promise<void> {
  await process.take(events);
  for (const event of events) process.engine.apply(event);
}

/** Appends and takes a history as it comes, at several processes at once, some of it twice. */
export async function deliver(
  { processes, log }: HotStatesUnderTest,
  events: readonly ShopEvent[],
  how: Delivery,
  isLeaping = true,
): Promise<void> {
  const at = new Map(events.map((event, index) => [event, index]));
  for (const burst of bursts(events, how)) {
    await log.append(burst);
    const shares = processes.map((_, mine) => burst.filter((event) => how.to[at.get(event)!]! % processes.length === mine));
    const isShared = processes.length > 1;
    const twice = isShared ? burst.filter((event) => how.again[at.get(event)!] === 0).map((event) => ({ ...event })) : [];
    await Promise.all(processes.map((process, mine) => takeAndApply(process, shares[mine]!)));
    await processes[0]!.take(twice);
    // Histories leap over days in milliseconds; in a day what waits is handed over, or is left to the log.
    if (isLeaping) await settled({ processes });
  }
}

/** One engine that was handed every event, in the order in which it became knowable. */
export function referenceOf(events: readonly ShopEvent[]): FeatureEngine {
  const engine = openFeatureEngine(hotEngine);
  for (const event of events) engine.apply(event);
  return engine;
}

/** Questions about everybody in a history, each of its tenant. */
export const askedOf = (events: readonly ShopEvent[]): Question[] =>
  events.length === 0 ? [] : questionsAbout(events).map((question) => ({ ...question, tenant: events[0]!.tenant }));

const bitsOf = (row: Float32Array): string => Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('base64');

/** Every process answers with the bits of the reference. */
export async function expectBits(processes: readonly HotState[], events: readonly ShopEvent[]): Promise<void> {
  const questions = askedOf(events);
  const reference = referenceOf(events);
  for (const process of processes) {
    expect(await process.look(questions)).toBe('current');
    for (const question of questions) {
      expect(bitsOf(process.engine.row(question))).toBe(bitsOf(reference.row(question)));
      expect(process.engine.shopper(question.shopper, question.tenant)).toEqual(
        reference.shopper(question.shopper, question.tenant),
      );
    }
  }
}

/** The columns that tell of the shopper and the session alone: what all share keeps counting what was erased. */
const ownColumns = featureCatalog.flatMap(({ reads }, column) =>
  reads.length > 0 && reads.every(({ entity }) => entity === 'shopper' || entity === 'session') ? [column] : [],
);

/** Every process knows of shoppers what a reference knows. */
async function expectOwnBits(processes: readonly HotState[], questions: readonly Question[], reference: FeatureEngine) {
  const own = (row: Float32Array): string => bitsOf(Float32Array.from(ownColumns, (column) => row[column]!));
  for (const process of processes) {
    expect(await process.look(questions)).toBe('current');
    for (const question of questions) {
      const { shopper, tenant } = question;
      expect(process.engine.shopper(shopper, tenant)).toEqual(reference.shopper(shopper, tenant));
      expect(own(process.engine.row(question))).toBe(own(reference.row(question)));
    }
  }
}

/** What a process answers to questions, after it has read the log as a service does that starts. */
async function answersOfNew({ open, log }: HotStatesUnderTest, questions: readonly Question[]): Promise<string[]> {
  const process = open();
  const tenant = questions[0]!.tenant!;
  for await (const events of log.read({ tenant, order: 'knowable' })) for (const event of events) process.engine.apply(event);
  await process.restore(log);
  // The first who asks finds out what is lost.
  await process.look(questions);
  await process.settled();
  expect(await process.look(questions)).toBe('current');
  const rows = questions.map((question) => bitsOf(process.engine.row(question)));
  await process.close();
  return rows;
}

async function settled({ processes }: Pick<HotStatesUnderTest, 'processes'>): Promise<void> {
  for (const process of processes) await process.settled();
}

/** The sentences of the port `HotState`. Plain functions, so that a planted fault can be shown to break them. */
export const hotStateLaws: Readonly<Record<string, HotStateLaw>> = {
  'answers what became of each event as one engine does, and the same again': async ({ processes, log }, numRuns) => {
    const process = processes[0]!;
    const law = fc.asyncProperty(histories(false), async (history) => {
      const events = inTenant(history);
      const reference = openFeatureEngine(hotEngine);
      for (const event of events) {
        await log.append([event]);
        await process.take([event]);
        const applied = reference.apply(event);
        for (let times = process.isShared ? 2 : 1; times > 0; times -= 1) {
          expect(process.engine.apply(event)).toBe(applied);
          expect(process.engine.appliedSessionId).toBe(reference.appliedSessionId);
          expect(process.engine.appliedDevice).toBe(reference.appliedDevice);
          if (applied === 'folded' || applied === 'refolded')
            expect(process.engine.appliedShopper).toBe(reference.appliedShopper);
        }
      }
      await process.settled();
      await expectBits([process], events);
    });
    await fc.assert(law, { numRuns: Math.ceil(numRuns / 4), endOnFailure: true, ...seeded });
  },

  'gives every process the bits of one engine, whoever took what how often and in which order': async (test, numRuns) => {
    const law = fc.asyncProperty(histories(true), deliveries, async (history, how) => {
      const events = inTenant(history);
      await deliver(test, events, how);
      await settled(test);
      await expectBits(test.processes, events);
    });
    await fc.assert(law, { numRuns, endOnFailure: true, ...seeded });
  },

  'folds what is lost anew from the log, to the same bits': async (test, numRuns) => {
    const { lose } = test;
    if (lose === undefined) return;
    const law = fc.asyncProperty(histories(true), deliveries, fc.boolean(), async (history, how, isLeaping) => {
      const events = inTenant(isLeaping ? history : withinMinutes(history));
      const half = Math.floor(events.length / 2);
      await deliver(test, events.slice(0, half), how, isLeaping);
      await lose();
      if (half > 0) expect(await test.processes[0]!.look(askedOf(events).slice(0, 1))).toBe('last_known');
      // Without a pause: events go on arriving while states are folded anew.
      await deliver(test, events.slice(half), how, isLeaping);
      await settled(test);
      // Nobody has asked yet, so nobody may have noticed.
      await Promise.all(test.processes.map((process) => process.look(askedOf(events).slice(0, 1))));
      await settled(test);
      await expectBits(test.processes, events);
    });
    await fc.assert(law, { numRuns: Math.ceil(numRuns / 4), endOnFailure: true, ...seeded });
  },

  'gives in a process that starts from the log the bits that were live': async (test, numRuns) => {
    const law = fc.asyncProperty(histories(true), deliveries, async (history, how) => {
      if (history.length === 0) return;
      const events = inTenant(history);
      await deliver(test, events, how);
      await settled(test);
      const questions = askedOf(events);
      const live = test.processes[0]!;
      expect(await live.look(questions)).toBe('current');
      const rows = questions.map((question) => bitsOf(live.engine.row(question)));
      await test.lose?.();
      expect(await answersOfNew(test, questions)).toEqual(rows);
    });
    await fc.assert(law, { numRuns: Math.ceil(numRuns / 4), endOnFailure: true, ...seeded });
  },

  'folds shoppers anew, as if what was erased from the log had never been': async (test, numRuns) => {
    const { processes, log } = test;
    const law = fc.asyncProperty(linkedHistory(), deliveries, fc.nat(), async (history, how, dice) => {
      if (history.length === 0) return;
      const events = inTenant(inKnowableOrder(history));
      await deliver(test, events, how);
      await settled(test);
      await processes[0]!.restore(log);
      const victim = shopperOf(events[dice % events.length]!);
      const isErased = (event: ShopEvent): boolean => shopperOf(event) === victim;
      const gone = events.filter(isErased);
      await log.erase(gone);
      const tenant = events[0]!.tenant;
      const devices = gone.flatMap(({ anonymousId }) => (anonymousId === undefined ? [] : [`a:${anonymousId}`]));
      await processes[0]!.forget(tenant, victim);
      await processes[0]!.refold(tenant, [...new Set([victim, ...devices])]);
      const left = events.filter((event) => !isErased(event));
      await expectOwnBits(processes, askedOf(events), referenceOf(left));
    });
    await fc.assert(law, { numRuns: Math.ceil(numRuns / 4), endOnFailure: true, ...seeded });
  },

  'forgets a shopper, and nobody else': async ({ processes, log }) => {
    const events = inTenant(
      ['ana', 'ben'].map((userId, at) => ({
        ...{
          tenant: '',
          eventId: userId,
          event: 'view_item' as const,
          eventTimeMs: START_MS,
          receivedAtMs: START_MS + at,
          userId,
        },
        items: [{ itemId: 'i1', quantity: 1 }],
      })),
    );
    const tenant = events[0]!.tenant;
    await log.append(events);
    await takeAndApply(processes[0]!, events);
    await processes[0]!.settled();
    await processes[0]!.forget(tenant, 'u:ana');
    const about = (shopper: string): Question => ({ tenant, shopper, asOfMs: START_MS + 5 });
    for (const process of processes) {
      await process.look([about('u:ana'), about('u:ben')]);
      expect(process.engine.shopper('u:ana', tenant)).toBeUndefined();
      expect(process.engine.shopper('u:ben', tenant)).toMatchObject({ events: 1 });
    }
  },
};

/** The sentences of the port `HotState`, as tests over one place. */
export function hotStateContract(open: () => HotStatesUnderTest, runs: number): void {
  it.each(Object.keys(hotStateLaws))('%s', (name) => hotStateLaws[name]!(open(), runs), isLong ? 3_600_000 : 600_000);
}
