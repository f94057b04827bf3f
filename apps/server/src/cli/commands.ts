import type { Command } from 'commander';
import { registerDataset } from './dataset.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerEvaluate } from './evaluate.ts';
import { registerEvents } from './events.ts';
import { registerExplain } from './explain.ts';
import { registerFeatures } from './features.ts';
import { registerImport } from './import.ts';
import { registerLabels } from './labels.ts';
import { registerMigrate } from './migrate.ts';
import { registerModels } from './models.ts';
import { registerReplay } from './replay.ts';
import { registerScore } from './score.ts';
import { registerServe } from './serve.ts';
import { registerSimulate } from './simulate.ts';
import { registerToken } from './token.ts';
import { registerTrain } from './train.ts';
import { registerTrees } from './trees.ts';

/** Every command, one line each, in the order of their use: a file of this folder that registers itself. */
export const registrations: readonly ((program: Command) => void)[] = [
  registerDemo,
  registerToken,
  registerDoctor,
  registerMigrate,
  registerImport,
  registerEvents,
  registerSimulate,
  registerFeatures,
  registerDataset,
  registerTrain,
  registerEvaluate,
  registerModels,
  registerServe,
  registerScore,
  registerExplain,
  registerReplay,
  registerLabels,
  registerTrees,
];
