import { join } from 'node:path';
import { BenchError } from './bench-error.ts';
import type { Peers } from './install-peers.ts';
import { once } from './once.ts';
import { run, say } from './run.ts';

const scripts = join(import.meta.dirname, 'python');
const exporter = join(import.meta.dirname, '..', '..', 'trainer', 'src');

/** The environment that Python needs here: Tillcast's exporter, and libraries that do not wait by spinning. */
export const pythonEnvironment: Readonly<Record<string, string>> = {
  PYTHONPATH: exporter,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONWARNINGS: 'ignore',
  OMP_WAIT_POLICY: 'PASSIVE',
};

export interface Models {
  readonly folder: string;
  readonly onnx: boolean;
  readonly treelite: boolean;
}

/** How large the ensemble is: simulated rows, and trees of each boosted member. */
export interface ModelSize {
  readonly rows: number;
  readonly trees: number;
}

export const fullModels: ModelSize = { rows: 100_000, trees: 500 };
export const tinyModels: ModelSize = { rows: 2_000, trees: 8 };

/**
 * Trains the ensemble and converts it for the peers that read other files; what was made from the same scripts before is kept. Compiling the
 * forest's 236,000 splits takes gcc about a minute; `compilingMs` is when to give that up and go without.
 */
export function prepareModels(folder: string, peers: Peers, { rows, trees }: ModelSize, compilingMs: number): Models {
  const script = (name: string) => join(scripts, name);
  const shared = [script('recipe.py'), script('sklearn_forest.py')];
  const python = (name: string, args: readonly string[], timeout?: number) =>
    run(peers.python, [script(name), ...args], { env: { ...process.env, ...pythonEnvironment }, timeout });
  const salt = `${peers.python} ${rows} ${trees}`;
  const trained = once(join(folder, '.recipe.stamp'), shared, salt, () => {
    say(`training the ensemble on ${rows} rows …`);
    return python('recipe.py', [folder, '--rows', String(rows), '--trees', String(trees)]);
  });
  if (!trained) throw new BenchError('the ensemble could not be trained; the messages are above');
  const onnx =
    peers.onnxruntime &&
    once(join(folder, '.onnx.stamp'), [...shared, script('convert_onnx.py')], salt, () => {
      say('converting it to ONNX …');
      return python('convert_onnx.py', [folder]);
    });
  const treelite =
    peers.treelite &&
    once(join(folder, '.treelite.stamp'), [...shared, script('compile_treelite.py')], salt, () => {
      say('compiling it with treelite …');
      return python('compile_treelite.py', [folder], compilingMs);
    });
  return { folder, onnx, treelite };
}
