import type { EventLog } from '@tillcast/core/ports/event-log';
import { type Memory, remember } from './ingest.ts';

/** Lets the features remember what is on disk: every event, in the order in which it became known. */
export async function replay(log: EventLog, memory: Memory, onProgress: (done: number, of: number) => void): Promise<number> {
  const total = await log.count();
  let done = 0;
  for await (const batch of log.read({ order: 'knowable' })) {
    for (const event of batch) remember(memory, event);
    done += batch.length;
    onProgress(done, total);
  }
  return done;
}
