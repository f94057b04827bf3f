import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeReplayEvents } from './replay-events.ts';
import { isMeasure, type Measured, measure, measures } from './replay-measures.ts';

/**
 * Events a second of one ordered pass over the synthetic shop: folding alone, with rows and labels, and down to the Parquet file. Each figure is
 * the median of `--runs` fresh processes. `--delivery backfilled` is imported history, known the moment it happened; `delayed` is the shop as it is
 * simulated, each event some time under way and one in a hundred late by up to half an hour, replayed with one hour of allowed lateness.
 */

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    shoppers: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    delivery: { type: 'string', default: 'backfilled' },
    runs: { type: 'string', default: '3' },
    measure: { type: 'string' },
    from: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [events, shoppers, seed, runs] = [flags.events, flags.shoppers, flags.seed, flags.runs].map(Number) as [
  ...[number, number, number, number],
];
const backfilled = flags.delivery !== 'delayed';

const allowedLatenessMs = backfilled ? 0 : 3_600_000;

/** One measurement in a process of its own, so that neither its compiled code nor its garbage is another's. */
function inFreshProcess(name: string, folder: string): Measured {
  const own = [fileURLToPath(import.meta.url), '--delivery', flags.delivery, '--measure', name, '--from', folder];
  return JSON.parse(execFileSync(process.execPath, own, { encoding: 'utf8' })) as Measured;
}

function medianOf(name: string, folder: string): Measured & { eventsPerSecond: number } {
  const sorted = Array.from({ length: runs }, () => inFreshProcess(name, folder)).sort((a, b) => a.seconds - b.seconds);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return { eventsPerSecond: Math.round(events / median.seconds), ...median };
}

function measureAll(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-replay-'));
  try {
    writeReplayEvents(folder, { events, shoppers, seed, backfilled });
    const results = Object.fromEntries(measures.map((name) => [name, medianOf(name, folder)]));
    const about = { events, shoppers, seed, delivery: backfilled ? 'backfilled' : 'delayed', runs };
    if (flags.json) console.log(JSON.stringify({ ...about, results }));
    else console.table(results);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (flags.measure === undefined || flags.from === undefined) measureAll();
else if (isMeasure(flags.measure)) console.log(JSON.stringify(await measure(flags.measure, flags.from, allowedLatenessMs)));
else throw new RangeError(`--measure ${flags.measure}: give one of ${measures.join(', ')}`);
