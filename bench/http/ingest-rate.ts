import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { say } from './say.ts';

/** Events a second that are acked, on disk and in the features, sent in batches of 1,000 by `bench/ingest.ts` to a process of its own. */
export function measureIngest(events: number): number {
  say('ingest …');
  const printed = execFileSync(
    process.execPath,
    [join(import.meta.dirname, '..', 'ingest.ts'), '--json', '--events', String(events), '--runs', '1'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const { results } = JSON.parse(printed.trim().split('\n').at(-1)!) as { results: { batch: { events_per_second: number } } };
  return results.batch.events_per_second;
}
