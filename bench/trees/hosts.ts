import { join } from 'node:path';
import type { WorkerCommand } from './contender.ts';
import type { Peers } from './install-peers.ts';
import { backends } from './ours/backends.ts';
import { type Models, pythonEnvironment } from './prepare-models.ts';
import { allCores, type Settings } from './settings.ts';

/** A process to start, and the contenders it hosts. */
export interface Host extends WorkerCommand {
  readonly contenders: readonly string[];
  /** 1, or as many as there are cores. */
  readonly threads: number;
}

const here = import.meta.dirname;

/** All contenders that can be had: those of one thread held to `core`, and once more those that can use all cores. */
export function hostsOf(
  peers: Peers,
  models: Models,
  work: Omit<Settings, 'models' | 'threads'>,
  core: number | undefined,
): readonly Host[] {
  const settings = (threads: number) => JSON.stringify({ ...work, models: models.folder, threads } satisfies Settings);
  const python = (contenders: readonly string[], threads: number, command = peers.python): Host => ({
    contenders,
    threads,
    command,
    args: [join(here, 'python', 'worker.py'), settings(threads)],
    env: { ...pythonEnvironment, OMP_NUM_THREADS: String(threads) },
    core: threads === 1 ? core : undefined,
  });
  const node = (contender: string, worker: string, threads: number): Host => ({
    contenders: [contender],
    threads,
    command: process.execPath,
    args: [join(here, worker, 'worker.ts'), settings(threads)],
    core: threads === 1 ? core : undefined,
  });
  const withThreads = (threads: number): Host[] => [
    ...backends.map((backend) => node(backend, 'ours', threads)),
    ...(models.onnx ? [node('onnxruntime', 'onnx', threads)] : []),
  ];
  return [
    python(['python', 'python_by_hand', 'python_usual'], 1),
    python(['lime'], 1),
    ...(models.treelite ? [python(['treelite'], 1)] : []),
    ...(peers.quadraturePython === undefined ? [] : [python(['xgboost_quadrature'], 1, peers.quadraturePython)]),
    ...withThreads(1),
    node('core', 'ours', 1),
    ...(allCores > 1 ? [python(['python'], allCores), ...withThreads(allCores)] : []),
  ];
}
