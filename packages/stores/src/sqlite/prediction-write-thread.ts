import { parentPort, workerData } from 'node:worker_threads';
import { type SqlitePredictionLog, sqlitePredictionLog } from './prediction-log.ts';
import type { WriteCall, WriteReply } from './prediction-log-thread.ts';

const log: SqlitePredictionLog = sqlitePredictionLog(workerData as string);

async function answer({ id, method, args }: WriteCall): Promise<WriteReply> {
  try {
    const write = log[method] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await write(...args) };
  } catch (error) {
    return { id, problem: error instanceof Error ? error.message : String(error) };
  }
}

// Each call is done within its own message: they keep their order.
parentPort!.on('message', async (call: WriteCall | 'close') => {
  if (call !== 'close') return parentPort!.postMessage(await answer(call));
  await log.close();
  parentPort!.close();
});
