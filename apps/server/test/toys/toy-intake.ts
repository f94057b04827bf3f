import type { ShopEvent } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { openMetrics } from '../../src/http/metrics.ts';
import { openIntake, type TakeBatch } from '../../src/ingest/intake.ts';
import { openIngest } from '../../src/ingest/take-body.ts';
import { openIngestLines } from '../../src/ingest/take-lines.ts';
import { openKnownItems } from '../../src/serving/known-items.ts';
import { fridayEvening } from './toy-service.ts';

/** The item that the toy's features choke on. */
export const poisonItem = 'poison';

/** An engine that a poisonous event breaks. */
export function touchyEngine() {
  const engine = openFeatureEngine({ timeZone: 'UTC' });
  const apply = (event: ShopEvent) => {
    if (event.items.some(({ itemId }) => itemId === poisonItem)) throw new RangeError('cannot be folded');
    return engine.apply(event);
  };
  return { ...engine, apply };
}

/** Both ways in, without HTTP, on whatever stores are given. */
export function openToyIntake({
  log = memoryEventLog() as EventLog,
  letters = memoryDeadLetters() as DeadLetters,
  spoil = (take: TakeBatch): TakeBatch => take,
} = {}) {
  const metrics = openMetrics({ process: false });
  const memory = { engine: touchyEngine(), known: openKnownItems(), touch: () => {} };
  const now = () => fridayEvening;
  const take = spoil(
    openIntake({ log, letters, memory, now, mark: () => undefined, isErased: () => false, onTrouble: () => {} }),
  );
  return {
    log,
    letters,
    metrics,
    ingest: openIngest(take, metrics),
    ingestLines: openIngestLines({ take, letters, metrics, now }),
  };
}

/** What the counters of events say. */
export async function countedEvents({ received, events }: ReturnType<typeof openMetrics>) {
  const outcome = Object.fromEntries((await events.get()).values.map(({ labels, value }) => [labels.outcome, value]));
  const { accepted = 0, duplicate = 0, rejected = 0, dead = 0 } = outcome as Record<string, number>;
  return { received: (await received.get()).values[0]?.value ?? 0, accepted, duplicate, rejected, dead };
}
