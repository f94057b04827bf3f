import { createRequire } from 'node:module';
import { join } from 'node:path';
import { memberNames } from '@tillcast/core/scoring/ensemble';
import { readAbout, readRows } from '../ours/read-models.ts';
import { inBatches } from '../ours/trees-tasks.ts';
import { type OpenContender, serveTasks, type Task } from '../serve-tasks.ts';
import type { Settings } from '../settings.ts';

/** onnxruntime-node as a contender, on the graphs that python/convert_onnx.py made. Usage: onnx/worker.ts SETTINGS (JSON). */

/** The part of onnxruntime-node that is used; it lives in peers/, outside this workspace's own dependencies. */
interface OnnxRuntime {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: { create(file: string, options: Readonly<Record<string, unknown>>): Promise<Session> };
  readonly env: { readonly versions: Readonly<Record<string, string | undefined>> };
}
interface OnnxTensor {
  readonly data: Float32Array;
}
interface Session {
  run(feeds: Readonly<Record<string, OnnxTensor>>, fetches: readonly string[]): Promise<Readonly<Record<string, OnnxTensor>>>;
}

const settings = JSON.parse(process.argv[2]!) as Settings;
const { InferenceSession, Tensor, env } = createRequire(join(import.meta.dirname, '..', 'peers', 'package.json'))(
  'onnxruntime-node',
) as OnnxRuntime;
const about = readAbout(settings.models);
const width = about.features.length;
const rows = readRows(settings.models, 'test_rows.f32');
const forestRows = rows.map((value) => (Number.isNaN(value) ? about.missing_for_forest : value));
const PROBABILITIES = 'probabilities';
/** One probability a class. */
const CLASSES = 2;

const openSession = (graph: string): Promise<Session> =>
  InferenceSession.create(join(settings.models, 'onnx', `${graph}.onnx`), {
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });

/** Probabilities of buying and of not buying, one pair a row. */
type Score = (row: number, rowCount: number) => Promise<Float32Array>;

const tensorOf = (source: Float32Array, row: number, rowCount: number): OnnxTensor =>
  new Tensor('float32', source.subarray(row * width, (row + rowCount) * width), [rowCount, width]);

const single =
  (session: Session, source: Float32Array): Score =>
  async (row, rowCount) =>
    (await session.run({ X: tensorOf(source, row, rowCount) }, [PROBABILITIES]))[PROBABILITIES]!.data;

const voting =
  (session: Session): Score =>
  async (row, rowCount) => {
    const feeds = { X: tensorOf(rows, row, rowCount), X_forest: tensorOf(forestRows, row, rowCount) };
    return (await session.run(feeds, [PROBABILITIES]))[PROBABILITIES]!.data;
  };

/** The members one after the other, their mean taken here. */
const apart =
  (members: readonly Score[]): Score =>
  async (row, rowCount) => {
    const mean = new Float32Array(rowCount * CLASSES);
    for (const member of members) {
      const probabilities = await member(row, rowCount);
      for (let i = 0; i < mean.length; i++) mean[i]! += probabilities[i]! / members.length;
    }
    return mean;
  };

function scoreTask(score: Score, rowsACall: number): Task {
  return {
    rowsACall,
    call: async (row) => (await score(row, rowsACall))[1]!,
    async answers() {
      const batches: Float64Array[] = [];
      for (let row = 0; row < settings.scoreAnswers; row += rowsACall) {
        const probabilities = await score(row, rowsACall);
        batches.push(Float64Array.from({ length: rowsACall }, (_, i) => probabilities[i * CLASSES + 1]!));
      }
      return [inBatches(settings.scoreAnswers, rowsACall, 1, (row) => batches[row / rowsACall]!)];
    },
  };
}

/** Milliseconds of the median of a few calls. */
async function medianMs(score: Score, rowsACall: number): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < 20; call++) {
    const start = performance.now();
    await score(0, rowsACall);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[10]!;
}

async function openMembers(): Promise<Score> {
  const members: Score[] = [];
  for (const name of memberNames) members.push(single(await openSession(name), name === 'random_forest' ? forestRows : rows));
  return apart(members);
}

async function openOnnx(): Promise<OpenContender> {
  const together = voting(await openSession('vote'));
  const about: Record<string, string> = { 'onnxruntime-node': env.versions.node ?? 'unknown' };
  return {
    about,
    async first() {
      await together(0, 1);
    },
    async prepare() {
      const members = await openMembers();
      const works =
        settings.threads === 1 ? { score_row: 1, score_batch: settings.batchRows } : { score_all_cores: settings.batchRows };
      const tasks: Record<string, Task> = {};
      for (const [work, rowsACall] of Object.entries(works)) {
        const isTogether = (await medianMs(together, rowsACall)) < (await medianMs(members, rowsACall));
        about[work] = isTogether ? 'one graph of four members' : 'four graphs, one after the other';
        tasks[work] = scoreTask(isTogether ? together : members, rowsACall);
      }
      return tasks;
    },
  };
}

await serveTasks({ onnxruntime: openOnnx }, rows.length / width);
