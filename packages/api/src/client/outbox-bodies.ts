import type { Waiting } from './outbox-queue.ts';

/** Browsers refuse beacons, and requests that outlive a page, above 64 KiB together. */
const beaconBytes = 60_000;
/** Events of a request, and characters of its body. */
export const mostEvents = 500;
const mostCharacters = 500_000;

/** The body of a request. */
export const bodyOf = (batch: readonly Waiting[]): string => `{"events":[${batch.map(({ text }) => text).join(',')}]}`;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const charactersOf = (text: string): number => text.length;

/** The first events that go together; at least one. */
function headOf(queue: readonly Waiting[], most: number, size: (text: string) => number, limit: number): readonly Waiting[] {
  const head: Waiting[] = [];
  let total = 0;
  for (const one of queue.slice(0, most)) {
    total += size(one.text) + 1;
    if (head.length > 0 && total > limit) break;
    head.push(one);
  }
  return head;
}

/** The events of the next request. */
export const nextBatch = (queue: readonly Waiting[], most: number): readonly Waiting[] =>
  headOf(queue, most, charactersOf, mostCharacters);

/** All that waits, in bodies small enough for a beacon. */
export function beaconBodies(queue: readonly Waiting[]): string[] {
  const bodies: string[] = [];
  for (let rest = queue; rest.length > 0; ) {
    const head = headOf(rest, mostEvents, bytesOf, beaconBytes);
    bodies.push(bodyOf(head));
    rest = rest.slice(head.length);
  }
  return bodies;
}
