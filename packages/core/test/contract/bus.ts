import type { Bus, BusMessage, ConsumeOptions } from '@tillcast/core/ports/bus';
import { expect, it } from 'vitest';

/** Opens a bus whose topics keep so many messages, and a second view of it, which may be the same. */
export type OpenBus = (capacity?: number) => { readonly bus: Bus; readonly other: Bus };

export type BusLaw = (open: OpenBus) => Promise<void>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = ({ body }: BusMessage): string => new TextDecoder().decode(body);
let topics = 0;
const aTopic = (): string => `topic {${topics++}}`;
const numbered = (count: number, from = 0): Uint8Array[] => Array.from({ length: count }, (_, at) => bytes(`${from + at}`));
const numbersOf = (messages: readonly string[]): number[] => messages.map(Number).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Collects what a member is handed. */
function member(
  bus: Bus,
  topic: string,
  options: Partial<ConsumeOptions> = {},
  handle?: (messages: readonly BusMessage[]) => Promise<void>,
) {
  const heard: string[] = [];
  const consumer = bus.consume(
    topic,
    async (messages) => {
      await handle?.(messages);
      heard.push(...messages.map(textOf));
    },
    { group: 'g', batch: 7, idleMs: 5, ...options },
  );
  return { heard, ...consumer };
}

/** The sentences of the port `Bus`. Plain functions, so that a planted fault can be shown to break them. */
export const busLaws: Readonly<Record<string, BusLaw>> = {
  'hands everything to every group, in order, also what was published before': async (open) => {
    const { bus, other } = open();
    const topic = aTopic();
    await bus.publish(topic, numbered(20));
    const [one, two] = [member(bus, topic, { group: 'one' }), member(other, topic, { group: 'two' })];
    await other.publish(topic, numbered(20, 20));
    await expect.poll(() => [one.heard.length, two.heard.length]).toEqual([40, 40]);
    expect(one.heard.map(Number)).toEqual(upTo(40));
    expect(two.heard.map(Number)).toEqual(upTo(40));
    await Promise.all([one.stop(), two.stop()]);
  },

  'lets every listener hear everything from when it came, in order, again what it could not handle': async (open) => {
    const { bus, other } = open();
    const topic = aTopic();
    const heard: [string[], string[]] = [[], []];
    let failures = 2;
    const listeners = [bus, other].map((one, at) =>
      one.listen(
        topic,
        async (messages) => {
          if (at === 1 && failures-- > 0) throw new Error('not now');
          heard[at]!.push(...messages.map(textOf));
        },
        { batch: 7, idleMs: 5 },
      ),
    );
    const shared = member(bus, topic);
    for (let from = 0; from < 40; from += 20) await other.publish(topic, numbered(20, from));
    await expect.poll(() => heard.map(({ length }) => length)).toEqual([40, 40]);
    for (const texts of heard) expect(texts.map(Number)).toEqual(upTo(40));
    await expect.poll(() => shared.heard.length).toBe(40);
    await Promise.all([...listeners, shared].map(({ stop }) => stop()));
    await bus.publish(topic, numbered(1, 40));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(heard.map(({ length }) => length)).toEqual([40, 40]);
  },

  'lets the members of a group share, each message handled once': async (open) => {
    const { bus, other } = open();
    const topic = aTopic();
    const members = [member(bus, topic), member(other, topic), member(bus, topic)];
    for (let from = 0; from < 200; from += 20) await bus.publish(topic, numbered(20, from));
    const all = (): string[] => members.flatMap(({ heard }) => heard);
    await expect.poll(() => all().length).toBe(200);
    expect(numbersOf(all())).toEqual(upTo(200));
    await Promise.all(members.map(({ stop }) => stop()));
    // Acknowledged is acknowledged: whoever comes later is handed nothing of it.
    const late = member(other, topic, { claimAfterMs: 1 });
    await bus.publish(topic, numbered(1, 200));
    await expect.poll(() => late.heard).toEqual(['200']);
    await late.stop();
  },

  'hands out again what was not acknowledged, and gives up in the end': async (open) => {
    const { bus, other } = open();
    const topic = aTopic();
    const retries: number[] = [];
    const givenUp: string[] = [];
    const broken = member(
      bus,
      topic,
      { claimAfterMs: 20, maxRetries: 2, batch: 1, onGivenUp: (message) => givenUp.push(textOf(message)) },
      async (messages) => {
        retries.push(messages[0]!.retries);
        throw new Error('cannot');
      },
    );
    await other.publish(topic, [bytes('poison')]);
    await expect.poll(() => givenUp, { timeout: 2_500 }).toEqual(['poison']);
    expect(retries).toEqual([0, 1, 2]);
    await broken.stop();
  },

  'lets another member do what one left undone': async (open) => {
    const { bus, other } = open();
    const topic = aTopic();
    let left = 0;
    const dying = member(bus, topic, { claimAfterMs: 10_000, batch: 3 }, async (messages) => {
      left += messages.length;
      throw new Error('dies');
    });
    await bus.publish(topic, numbered(3));
    await expect.poll(() => left).toBe(3);
    const heir = member(other, topic, { claimAfterMs: 30 });
    await expect.poll(() => numbersOf(heir.heard), { timeout: 2_500 }).toEqual(upTo(3));
    await Promise.all([dying.stop(), heir.stop()]);
  },

  'keeps about its capacity': async (open) => {
    const { bus } = open(100);
    const topic = aTopic();
    for (let from = 0; from < 1_000; from += 50) await bus.publish(topic, numbered(50, from));
    const late = member(bus, topic);
    await expect.poll(() => late.heard.at(-1), { timeout: 2_500 }).toBe('999');
    expect(late.heard.length).toBeGreaterThanOrEqual(100);
    expect(late.heard.length).toBeLessThanOrEqual(200);
    await late.stop();
  },

  'gives what is the receiver’s own, and nothing after close': async (open) => {
    const { bus } = open();
    const topic = aTopic();
    const body = bytes('abc');
    await bus.publish(topic, [body]);
    body[0] = 0;
    const [one, two] = ['one', 'two'].map((group) =>
      member(bus, topic, { group }, async ([message]) => {
        message!.body[1] = 0;
      }),
    );
    await expect.poll(() => [one!.heard, two!.heard]).toEqual([['a\0c'], ['a\0c']]);
    await bus.close();
    await Promise.all([one!.stop(), two!.stop()]);
    await expect(bus.publish(topic, [body])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  },
};

/** The sentences of the port `Bus`, as tests; every store runs them. */
export function busContract(open: OpenBus): void {
  it.each(Object.keys(busLaws))('%s', (name) => busLaws[name]!(open));
}
