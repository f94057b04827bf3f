import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mintToken } from '@tillcast/server/http/auth/tokens';
import { catalogueHash } from '@tillcast/server/jobs/catalogue-hash';
import { BenchError } from '../trees/bench-error.ts';
import { describeMachine } from '../trees/machine.ts';
import { medianOf } from '../trees/measure.ts';
import { once } from '../trees/once.ts';
import { holdRounds } from './contest.ts';
import { measureIngest } from './ingest-rate.ts';
import { installPython } from './install-python.ts';
import { measurePair } from './pair.ts';
import { makeShop, shopIn } from './prepare-shop.ts';
import { makeQuestions } from './questions.ts';
import { p99Ratio, ratiosOf } from './ratios.ts';
import { say } from './say.ts';
import { type Server, startBare, startFastApi, startOurs } from './servers.ts';
import { fullSize, type Size, tinySize } from './settings.ts';

/**
 * Tillcast over HTTP against a FastAPI service with the same four model files and SHAP, and against bare Fastify that answers as many bytes: one process
 * each, one after the other in turn, asked by the same client on the same machine. Ends within ten minutes; the last line of `--json` holds the figures.
 */

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** A small shop, few trees, one short round, without Python: shows that all runs and answers; its figures mean nothing. */
    tiny: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    callers: { type: 'string' },
    'slice-ms': { type: 'string' },
  },
});

/** No round begins after this; the last ends within ten minutes of the start. */
const lastRoundMs = 480_000;
const secret = 'a-secret-of-the-benchmark-0123456789-k3J9aVq7';
const startMs = performance.now();

/** Makes the shop unless it was made before by the same recipe, of the same features. A folder that is half made has no stamp, and is made anew. */
async function prepareShop(size: Size): Promise<void> {
  const stamp = join(size.folder, '.stamp');
  const inputs = [join(import.meta.dirname, 'prepare-shop.ts')];
  const salt = JSON.stringify([size, catalogueHash()]);
  if (once(stamp, inputs, salt, () => false)) return;
  say('making the shop and its ensemble; the first time this takes some minutes …');
  await makeShop(size);
  once(stamp, inputs, salt, () => true);
}

async function main(): Promise<void> {
  const machine = describeMachine(undefined);
  const size = flags.tiny ? tinySize : fullSize;
  const shop = shopIn(size);
  await prepareShop(size);
  const python = flags.tiny ? undefined : installPython();
  const scratch = mkdtempSync(join(tmpdir(), 'tillcast-bench-http-'));
  const log = (name: string): string => join(scratch, `${name}.log`);
  const servers: Server[] = [];
  try {
    const questions = makeQuestions(shop.questions, await mintToken(new TextEncoder().encode(secret), 'admin', Date.now()));
    // A copy: what one run logs must not be there in the next.
    const data = join(scratch, 'data');
    cpSync(shop.data, data, { recursive: true });
    const ours = await startOurs(data, secret, log('ours'));
    servers.push(ours);
    if (python !== undefined)
      for (const forest of ['library', 'loop'] as const)
        servers.push(await startFastApi(python, shop, forest, log(`fastapi-${forest}`)));
    const measured = await holdRounds({
      ours,
      peers: servers.slice(1),
      startBare: async (bytes) => {
        const bare = await startBare(bytes, log('bare'));
        servers.push(bare);
        return bare;
      },
      questions,
      callers: Number(flags.callers ?? size.callers),
      rounds: Number(flags.rounds ?? size.rounds),
      sliceMs: Number(flags['slice-ms'] ?? size.sliceMs),
      mayGoOn: () => performance.now() - startMs < lastRoundMs,
    });
    for (const server of servers.splice(0)) await server.stop();
    const pair = await measurePair(size.budgetedTrials > 0 ? shop.budgeted : shop.data, {
      secret,
      logTo: log('pair'),
      questions,
      sliceMs: size.sliceMs,
    });
    const ingest = measureIngest(size.ingestEvents);
    const medians = Object.fromEntries(
      Object.entries(measured.perSecond).map(([name, rounds]) => [name, Math.round(medianOf(rounds) * 10) / 10]),
    );
    const report = {
      ratios: { ...ratiosOf(measured.perSecond), p99_vs_bare_at_rate: p99Ratio(measured.latencyMs) },
      machine,
      medians: { ...medians, 'budgeted_2_processes/predict': pair.predict, 'budgeted_2_processes/explain': pair.explain, ingest },
      latency_ms: measured.latencyMs,
      answer_bytes: measured.answerBytes,
      failed: measured.failed + pair.failed,
      missing: python === undefined ? { fastapi: flags.tiny ? 'left out of --tiny' : 'does not install here' } : {},
      rounds: Object.values(measured.perSecond)[0]?.length ?? 0,
      seconds: Math.round((performance.now() - startMs) / 1_000),
    };
    console.log(flags.json ? JSON.stringify(report) : JSON.stringify(report, null, 2));
    if (report.failed > 0)
      throw new BenchError(`${report.failed} questions were not answered with 200; the figures do not count`);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  if (!(error instanceof BenchError)) throw error;
  say(error.message);
  process.exitCode = 1;
});
