// The way in of the real server, on real files, spoken to over a channel instead of HTTP, until it is killed. It loads first and waits to be told where
// to open, so that a test of hundreds of deaths does not wait for each birth. argv: `honest`, or `early`: the planted fault answers before the commit.
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type { ShopEvent } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { postgresDeadLetters } from '@tillcast/stores/postgres/dead-letters';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { openMetrics } from '../../../apps/server/src/http/metrics.ts';
import { openIntake } from '../../../apps/server/src/ingest/intake.ts';
import { openIngest } from '../../../apps/server/src/ingest/take-body.ts';
import { openKnownItems } from '../../../apps/server/src/serving/known-items.ts';
import { replay } from '../../../apps/server/src/serving/replay.ts';
import { type Asked, nowMs, poisonItem, type Told } from './messages.ts';

const tell = (told: Told): void => void process.send!(told);
const isEarly = process.argv[2] === 'early';

/** The planted fault: a log that answers at once, and stores a while later. */
function early(log: EventLog): EventLog {
  const append: EventLog['append'] = async (events) => {
    setTimeout(() => void log.append(events), 300);
    return { accepted: events.length, duplicate: 0, conflicts: [], acceptedIndexes: events.map((_, at) => at) };
  };
  return { ...log, append };
}

/** An engine that a poisonous event breaks. */
function touchyEngine() {
  const engine = openFeatureEngine({ timeZone: 'UTC' });
  const apply = (event: ShopEvent) => {
    if (event.items.some(({ itemId }) => itemId === poisonItem)) throw new RangeError('cannot be folded');
    return engine.apply(event);
  };
  return { ...engine, apply };
}

/** The stores of a shop: in files of a folder, or in PostgreSQL where the place is an address. */
function openStores(place: string): { readonly log: EventLog; readonly letters: DeadLetters } {
  if (place.startsWith('postgres:')) {
    const patient = { budgetMs: 20_000 };
    return { log: postgresEventLog(place, patient), letters: postgresDeadLetters(place, patient) };
  }
  const file = join(place, 'tillcast.db');
  return { log: sqliteEventLog(file), letters: sqliteDeadLetters(join(place, 'dead-letters.db')) };
}

async function open(place: string): Promise<(body: unknown, id: number) => Promise<void>> {
  const { log: honest, letters } = openStores(place);
  const log = isEarly ? early(honest) : honest;
  const metrics = openMetrics({ process: false });
  const memory = { engine: touchyEngine(), known: openKnownItems(), touch: () => {} };
  const facts = { nextMs: Number.POSITIVE_INFINITY, advance: async () => {} };
  const replayed = await replay({ log, letters, memory, facts, onProgress: () => {} });
  const intake = openIntake({ log, letters, memory, now: () => nowMs, mark: () => undefined, onTrouble: () => {} });
  const ingest = openIngest(intake, metrics);
  let looking = Promise.resolve();
  tell({ kind: 'open', replayed, letters: await letters.count() });
  return async (body, id) => {
    const answer = await ingest(body);
    // One look at a time, as a scraper has it.
    looking = looking.then(async () => {
      const [events, received] = await Promise.all([metrics.events.get(), metrics.received.get()]);
      const counted = Object.fromEntries(events.values.map(({ labels, value }) => [labels.outcome, value]));
      tell({ kind: 'answer', id, answer, received: received.values[0]!.value, counted });
    });
  };
}

let ingest: ReturnType<typeof open> | undefined;
process.on('message', (asked: Asked) => {
  if (asked.kind === 'open') ingest = open(asked.place);
  else void ingest!.then((take) => take(asked.body, asked.id));
});
process.on('disconnect', () => process.exit());
// Written now, for whoever is killed does not write it in the end.
flushCompileCache();
tell({ kind: 'loaded' });
