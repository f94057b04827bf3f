import { availableParallelism } from 'node:os';

/** How large the measured work is. Python reads the same names in its own spelling (python/settings.py). */
export interface Settings {
  /** The folder of models and rows. */
  readonly models: string;
  /** Threads a contender may use: 1, or all for the tasks named so. */
  readonly threads: number;
  readonly batchRows: number;
  readonly microBatchRows: number;
  /** Rows explained at once on all cores. */
  readonly manyRows: number;
  readonly limeSamples: number;
  /** How many rows a task's answers are checked on. */
  readonly scoreAnswers: number;
  readonly shapAnswers: number;
  readonly limeAnswers: number;
  /** How long each of several calls that do the same is tried, five times, to find the fastest. */
  readonly tryMs: number;
}

/** The work whose figures are published. */
export const fullWork: Omit<Settings, 'models' | 'threads'> = {
  batchRows: 1_000,
  microBatchRows: 8,
  manyRows: 16,
  limeSamples: 5_000,
  scoreAnswers: 2_000,
  shapAnswers: 24,
  limeAnswers: 8,
  tryMs: 20,
};

/** Enough to see that everything runs and answers rightly; its figures mean nothing. */
export const tinyWork: typeof fullWork = {
  batchRows: 50,
  microBatchRows: 4,
  manyRows: 4,
  limeSamples: 200,
  scoreAnswers: 100,
  shapAnswers: 8,
  limeAnswers: 2,
  tryMs: 1,
};

/** Threads of the tasks that may use all cores. */
export const allCores: number = availableParallelism();

/** How far the served ensemble shrinks the forest's probability towards the base rate when it explains; the least that a bundle may have. */
export const servedShrinkage = 1e-4;
