import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import { pino } from 'pino';
import type { Admission } from '../../apps/server/src/http/admission.ts';
import { type Deadlines, limits, usualDeadlines } from '../../apps/server/src/http/deadlines.ts';
import { openFront } from '../../apps/server/src/http/front.ts';
import { drainApp } from '../../apps/server/src/serving/drain.ts';
import { openService } from '../../apps/server/src/serving/service.ts';
import { toyBundle } from '../../apps/server/test/toys/toy-bundle.ts';
import { toyRegistry } from '../../apps/server/test/toys/toy-registry.ts';

/**
 * The whole service on memory and toys, on a port, with each answer keeping the event loop busy for a while, so that its capacity is known and a
 * load of many times that can be sent from the same machine. `--unshed` leaves the admission out, which shows what it is for; `--hurried` has a tenth of
 * the usual deadlines, `--patient` none that a test would live to see; on SIGTERM it drains, or with `--abrupt` just closes.
 * Usage: busy-server.ts BUSY_MS [--unshed] [--hurried | --patient] [--abrupt]
 */

const busyMs = Number(process.argv[2] ?? 0);
const takesAll: Admission = { refuses: () => undefined, left: () => {}, underWay: 0, isStrict: false };
const has = (flag: string): boolean => process.argv.includes(flag);
const factor = has('--hurried') ? 0.1 : has('--patient') ? 100 : 1;
const deadlines = Object.fromEntries(Object.entries(usualDeadlines).map(([name, ms]) => [name, ms * factor])) as Deadlines;
const front = openFront({ deadlines, ...(has('--unshed') ? { admission: takesAll } : {}) });
const models = toyRegistry([toyBundle('v1')]);
const { app, drain } = await openService(
  {
    registry: models.registry,
    eventLog: memoryEventLog(),
    deadLetters: memoryDeadLetters(),
    catalogue: memoryItemCatalogue(),
    suppressions: memorySuppressions(),
    predictions: { log: memoryPredictionLog(), recent: memoryRecentPredictions() },
    access: { kind: 'open' },
    log: pino({ level: 'silent' }),
  },
  { watchEveryMs: 0, labelEveryMs: 0, front },
);
// Work, not waiting: what else the machine does makes an answer slower, but not cheaper.
const workedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
app.addHook('preHandler', (request, _reply, done) => {
  const untilMs = workedMs() + (request.url.startsWith('/v1/') ? busyMs : 0);
  while (workedMs() < untilMs);
  done();
});
// More than the buffers on the way to a caller hold, some 6 MB, and made beforehand.
const large = Buffer.alloc(16 << 20, 'x');
// Under this address it is taken in however much is asked.
app.get('/livez/large', { config: { permission: 'public' }, schema: { hide: true } }, async () => large);
console.log(JSON.stringify({ url: await app.listen({ port: 0, host: '127.0.0.1', backlog: limits.backlog }) }));
process.stdin.on('end', () => process.exit(1)).resume();
process.on('SIGTERM', () => {
  if (has('--abrupt')) void app.close().then(() => process.exit(0));
  else void drainApp(app, { announce: drain, delayMs: 700 }).then(() => process.exit(0));
});
