// Appends events, adds bundles, moves aliases, keeps dead letters and erases a shopper, and writes down in the file `acks`, at once, what was acked. Run under disk-shim.c.
// argv: folder, seed, `honest` or `normal`, then the bundles to seal and add, `version=folder of its files` each.
import { mkdtempSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { sealed, writeBundleFolder } from '@tillcast/stores/folder/seal-bundle';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { sentEvent } from './sent-event.ts';
import { goneShopper, isGone, sentLetter, sentPrediction } from './sent-lines.ts';

const [root, seed, manner, ...bundles] = process.argv.slice(2);

// The planted fault: a connection that syncs no commit, and says that it does.
if (manner === 'normal') {
  const any = openDatabase(join(mkdtempSync(`${root}-any-`), 'any.db'), []);
  const connection = Object.getPrototypeOf(any) as typeof any;
  any.close();
  const honest = connection.pragma;
  const lying = new WeakSet<object>();
  connection.pragma = function (source: string, ...rest: never[]) {
    if (source === 'synchronous = FULL') lying.add(this);
    if (source === 'synchronous' && lying.has(this)) return 2;
    return honest.call(this, source === 'synchronous = FULL' ? 'synchronous = NORMAL' : source, ...rest);
  };
}

const acks = openSync(join(root!, 'acks'), 'a');
const ack = (line: string): void => void writeSync(acks, `${line}\n`);
const keys = openSigningKeys(join(root!, 'keys'));
const registry = openFolderRegistry({ folder: join(root!, 'models'), keys, now: Date.now });
let sent = 0;

async function addBundle(named: string): Promise<void> {
  const [version, folder] = named.split('=');
  const names = readdirSync(folder!, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name));
  const files = new Map(paths.map((path) => [relative(folder!, path), readFileSync(path)]));
  const scratch = mkdtempSync(`${root}-sealed-`);
  writeBundleFolder(join(scratch, 'bundle'), sealed(files, keys));
  await registry.add(join(scratch, 'bundle'));
  ack(`model ${version}`);
  for (const alias of ['champion', 'challenger', 'champion'] as const) {
    await registry.move({ model: 'session', alias, version: version!, by: 'ana', why: `why ${'·'.repeat(60)}` });
    ack(`${alias} ${version}`);
  }
}

/** One writer: so many batches, each sent when the one before was acked, and some sent twice. */
async function writer(log: ReturnType<typeof sqliteEventLog>, batches: number, random: Random): Promise<void> {
  for (let n = 0; n < batches; n++) {
    const from = sent;
    const until = from + 1 + Math.floor(random.uniform() * 6);
    sent = until;
    const batch = Array.from({ length: until - from }, (_, at) => sentEvent(from + at));
    await log.append(batch);
    if (random.uniform() < 0.2) await log.append(batch);
    ack(`events ${from} ${until}`);
  }
}

let lines = 0;
let kept = 0;

/** Logs predictions, which are not acked one by one, and keeps dead letters, which are. */
async function writeLines(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await predictions.append([lines++, lines++].map(sentPrediction));
    await letters.put([sentLetter(kept++)]);
    ack(`letters ${kept}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const random = openRandom(seed!);
const predictions = sqlitePredictionLog(join(root!, 'predictions.db'));
const letters = sqliteDeadLetters(join(root!, 'dead-letters.db'));
// Every fourth seed writes so much without closing that the write-ahead log is checkpointed on the way.
const sessions = Number(seed) % 4 === 3 ? [60] : [5, 4, 6];
for (const batches of sessions) {
  const log = sqliteEventLog(join(root!, 'tillcast.db'), { windowMs: 1, maxGroup: 8 });
  const writers = Array.from({ length: 3 }, (_, n) => writer(log, batches, random.fork(`${batches}/${n}`)));
  const next = bundles.shift();
  if (next !== undefined) await addBundle(next);
  await writeLines(4);
  await Promise.all(writers);
  await log.close();
}
await predictions.erase('default', goneShopper);
ack('erased');
for (let more = 0; more < 4; more++) {
  await predictions.append([sentPrediction(lines)].filter(() => !isGone(lines++)));
  await letters.put([sentLetter(kept++)]);
  ack(`letters ${kept}`);
}
await predictions.close();
await letters.close();
