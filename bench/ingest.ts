import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Events a second that are acked, which means on disk and in the features: a server in a process of its own on a new data directory, random ids, and
 * callers that send the next batch when the last one was answered. `batch` = JSON arrays, `lines` = one NDJSON stream a caller; medians over `--runs` servers.
 * `events_per_cpu_second` counts the server's processor time (Linux), and so hardly depends on what else the machine does.
 */

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '1000' },
    callers: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const [events, batch, callers, runs] = [flags.events, flags.batch, flags.callers, flags.runs].map(Number) as [
  number,
  number,
  number,
  number,
];
const server = join(import.meta.dirname, '..', 'apps', 'server', 'bin', 'tillcast.mjs');

const eventOf = (run: number, index: number): object => ({
  event_id: `${run}-${index.toString(36)}-${Math.imul(index, 0x9e3779b1) >>> 0}`,
  event: ['view_item', 'view_item', 'view_item', 'add_to_cart', 'purchase'][index % 5],
  event_time: new Date(Date.now() - 60_000 + (index % 50_000)).toISOString(),
  user_id: `u${index % 20_000}`,
  session_id: `s${index % 20_000}`,
  items: [
    { item_id: `p${index % 5_000}`, category: 'electronics.smartphone', brand: `b${index % 100}`, price: 489.9, quantity: 1 },
  ],
});

/** Starts a server; its address comes as the first line. */
async function startServer(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [server, 'serve', '--data', folder, '--port', '0', '--open', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // Room for all these shoppers at hand: they come in turn, which is the worst case where there is less (docs/adr/0021-bounded-memory.md).
    env: {
      ...process.env,
      TILLCAST_STATE_MEMORY_MB: '512',
      TILLCAST_RATE_LIMIT: '0',
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
    },
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (line: Buffer) => resolve((JSON.parse(String(line)) as { url: string }).url));
    child.once('exit', () => reject(new Error('the server ended')));
  });
  return { url, child };
}

function send(agent: Agent, url: string, body: string, type: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/v1/events`, { agent, method: 'POST', headers: { 'content-type': type } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString()) as { accepted?: number; detail?: string };
        if (answer.accepted === undefined) reject(new Error(answer.detail ?? 'no answer'));
        else resolve(answer.accepted);
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What each caller sends, one body after the other. */
function bodiesOf(form: 'batch' | 'lines', run: number): string[][] {
  const size = form === 'batch' ? batch : events / callers;
  const bodies: string[][] = Array.from({ length: callers }, () => []);
  for (let start = 0; start < events; start += size) {
    const list = Array.from({ length: Math.min(size, events - start) }, (_, n) => eventOf(run, start + n));
    bodies[(start / size) % callers]!.push(
      form === 'batch' ? JSON.stringify(list) : list.map((event) => JSON.stringify(event)).join('\n'),
    );
  }
  return bodies;
}

/** Processor seconds a process has used, from /proc (proc(5), fields 14 and 15, in hundredths); NaN elsewhere. */
function cpuSeconds(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface Rates {
  readonly events_per_second: number;
  readonly events_per_cpu_second: number;
}

async function measure(form: 'batch' | 'lines', run: number): Promise<Rates> {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-ingest-'));
  const { url, child } = await startServer(folder);
  const agent = new Agent({ keepAlive: true });
  try {
    const type = form === 'batch' ? 'application/json' : 'application/x-ndjson';
    const bodies = bodiesOf(form, run);
    const cpu = cpuSeconds(child.pid!);
    const start = performance.now();
    const accepted = await Promise.all(
      bodies.map(async (own) => {
        let sum = 0;
        for (const body of own) sum += await send(agent, url, body, type);
        return sum;
      }),
    );
    const seconds = (performance.now() - start) / 1_000;
    const total = accepted.reduce((sum, count) => sum + count, 0);
    if (total !== events) throw new Error(`${total} of ${events} were accepted`);
    return { events_per_second: events / seconds, events_per_cpu_second: events / (cpuSeconds(child.pid!) - cpu) };
  } finally {
    agent.destroy();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true });
  }
}

const medianOf = (values: readonly number[]): number =>
  Math.round([...values].sort((a, b) => a - b)[Math.floor((runs - 1) / 2)]!);
const results: Record<string, Rates> = {};
for (const form of ['batch', 'lines'] as const) {
  const rates: Rates[] = [];
  for (let run = 0; run < runs; run++) rates.push(await measure(form, run));
  results[form] = {
    events_per_second: medianOf(rates.map((rate) => rate.events_per_second)),
    events_per_cpu_second: medianOf(rates.map((rate) => rate.events_per_cpu_second)),
  };
}
if (flags.json) console.log(JSON.stringify({ events, batch, callers, runs, results }));
else console.table(results);
