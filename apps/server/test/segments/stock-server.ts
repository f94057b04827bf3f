import { performance } from 'node:perf_hooks';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { openSnapshotStore } from '../../src/segments/folder.ts';
import { readSegmentSettings } from '../../src/segments/read-settings.ts';
import { startServer } from '../../src/serving/start-server.ts';

// A server of a data directory that takes stock once, in a process of its own or (`here`) in this one, and says what its own memory was meanwhile.

const [data = '', manner] = process.argv.slice(2);
const env = { ...process.env };
const dir = openDataDir(data);
const settings = readSegmentSettings(dir, { lifetimeRefitMs: null }, env);
const segmentation = { ...settings, everyMs: 50, ...(manner === 'here' ? { apart: undefined } : {}) };
const server = await startServer({ data, port: 0, open: true, logLevel: 'silent', env, stateMemoryMb: 16, segmentation });
const store = openSnapshotStore(dir.segments);
const used = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
globalThis.gc!();
const before = used();
let most = before;
const until = performance.now() + 120_000;
while (store.list().length === 0 && performance.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  // What is alive, not what waits to be collected.
  globalThis.gc!();
  most = Math.max(most, used());
}
process.stdout.write(`${JSON.stringify({ shoppers: store.list().at(-1)?.shoppers, grewBytes: most - before })}\n`);
await server.close();
