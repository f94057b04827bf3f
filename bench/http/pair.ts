import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medianOf } from '../trees/measure.ts';
import { closedLoop } from './closed-loop.ts';
import type { Questions } from './questions.ts';
import { say } from './say.ts';
import { type Server, startOurs } from './servers.ts';

/** Answers a second of two processes together, each with a data directory of its own, median over the slices. */
export interface PairRates {
  readonly predict: number;
  readonly explain: number;
  readonly failed: number;
}

const slices = 3;

/** Starts two of ours on copies of a data directory, as two shards of a shop would run, and asks both at once. */
export async function measurePair(
  data: string,
  { secret, logTo, questions, sliceMs }: { secret: string; logTo: string; questions: Questions; sliceMs: number },
): Promise<PairRates> {
  say('two processes with the budgeted ensemble …');
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-bench-pair-'));
  const servers: Server[] = [];
  try {
    for (const name of ['one', 'two']) {
      cpSync(data, join(folder, name), { recursive: true });
      servers.push(await startOurs(join(folder, name), secret, logTo));
    }
    const ports = servers.map(({ port }) => port);
    let failed = 0;
    const rate = async (task: 'predict' | 'explain'): Promise<number> => {
      const rates: number[] = [];
      for (let slice = 0; slice <= slices; slice += 1) {
        const asked = { ports, connections: 32, durationMs: sliceMs, request: questions[task], from: slice * 5_000 };
        const report = await closedLoop(asked);
        // The first one warms up.
        if (slice > 0) rates.push(report.perSecond);
        failed += report.failed;
      }
      return Math.round(medianOf(rates));
    };
    return { predict: await rate('predict'), explain: await rate('explain'), failed };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}
