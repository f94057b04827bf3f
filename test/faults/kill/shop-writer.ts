import type { Random } from '@tillcast/core/simulation/random';
import { nowMs, poisonItem } from './messages.ts';
import type { Answered } from './mortal-server.ts';

/** What a request holds, and what must become of it. */
export interface Batch {
  readonly body: readonly unknown[];
  /** Ids that are new with this batch; those of `poison` the features choke on. */
  readonly fresh: readonly string[];
  readonly poison: readonly string[];
  /** How many are there already. */
  readonly repeated: number;
  /** How many are no events, or have another body under an id that is taken. */
  readonly wrong: number;
}

/** The price tells whether an event is the one that was sent first. */
export const priceOf = (id: string): number => [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_973, 7) + 1;

const wireEvent = (id: string, item = 'shoe', price = priceOf(id)) => ({
  event_id: id,
  event: 'view_item',
  event_time: new Date(nowMs - 60_000 - price).toISOString(),
  user_id: `u${price % 20}`,
  items: [{ item_id: item, price, quantity: 1 }],
});

const kinds = ['fresh', 'repeated', 'conflict', 'poison', 'malformed'] as const;

/** Makes a batch of 1 to 400 things, mostly few; `known` are ids that were acked. */
export function makeBatch(name: string, known: readonly string[], random: Random): Batch {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;
  const made = { body: [] as unknown[], fresh: [] as string[], poison: [] as string[], repeated: 0, wrong: 0 };
  const size = 1 + Math.floor(random.uniform() ** 3 * 400);
  for (let n = 0; n < size; n++) {
    const kind = known.length === 0 || random.uniform() < 0.7 ? 'fresh' : pick(kinds);
    const id = `${name}-${n}`;
    if (kind === 'fresh') {
      made.fresh.push(id);
      made.body.push(wireEvent(id));
    } else if (kind === 'poison') {
      made.poison.push(id);
      made.body.push(wireEvent(id, poisonItem));
    } else if (kind === 'repeated') {
      made.repeated++;
      made.body.push(wireEvent(pick(known)));
    } else {
      made.wrong++;
      made.body.push(kind === 'conflict' ? wireEvent(pick(known), 'shoe', 0.5) : { event: 'dance' });
    }
  }
  return made;
}

/** What is wrong with an answer, in words. `isFirst`: nobody has sent the batch before. */
export function answerProblems({ body, fresh, poison, repeated, wrong }: Batch, told: Answered, isFirst: boolean): string[] {
  const { accepted, duplicate, rejected, dead = 0 } = told.answer;
  const { counted, received } = told;
  const problems: string[] = [];
  const sum = accepted + duplicate + rejected + dead;
  if (sum !== body.length) problems.push(`${body.length} were sent, ${sum} answered`);
  if (rejected !== wrong) problems.push(`${wrong} were wrong, ${rejected} rejected`);
  if (isFirst && (accepted !== fresh.length || dead !== poison.length || duplicate !== repeated))
    problems.push(
      `${fresh.length}/${poison.length}/${repeated} were new/poison/repeated, ${accepted}/${dead}/${duplicate} answered`,
    );
  if (accepted > fresh.length || dead > poison.length) problems.push('more was accepted than was new');
  const outcomes = (counted.accepted ?? 0) + (counted.duplicate ?? 0) + (counted.rejected ?? 0) + (counted.dead ?? 0);
  if (received !== outcomes) problems.push(`received is ${received}, its outcomes add up to ${outcomes}`);
  return problems;
}
