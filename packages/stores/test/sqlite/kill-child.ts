// Appends events until it is killed, and prints the id of each that was acked, at once (writeSync, no buffer of ours).
// argv: file, `honest` or `acks-early`: the planted fault answers before the commit.
import { writeSync } from 'node:fs';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { anEvent, originMs } from '../../../core/test/arbitraries/event.ts';

const [file, manner] = process.argv.slice(2);
const log = sqliteEventLog(file!, manner === 'acks-early' ? { windowMs: 300, maxGroup: 1e9 } : {});
let next = 0;

async function shopper(): Promise<void> {
  for (;;) {
    const eventId = `e${process.pid}-${next++}`;
    const appended = log.append([anEvent({ eventId, eventTimeMs: originMs + next })]);
    if (manner === 'acks-early') await new Promise((resolve) => setTimeout(resolve, 1));
    else await appended;
    writeSync(1, `${eventId}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, shopper));
