import type { Command } from 'commander';
import { registerBackup } from './backup.ts';
import { registerDataset } from './dataset.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerEvaluate } from './evaluate.ts';
import { registerEvents } from './events.ts';
import { registerExperiment } from './experiment.ts';
import { registerExplain } from './explain.ts';
import { registerFeatures } from './features.ts';
import { registerImport } from './import.ts';
import { registerInsights } from './insights.ts';
import { registerLab } from './lab.ts';
import { registerLabels } from './labels.ts';
import { registerMigrate } from './migrate.ts';
import { registerModels } from './models.ts';
import { registerReplay } from './replay.ts';
import { registerRestore } from './restore.ts';
import { registerRoi } from './roi.ts';
import { registerScore } from './score.ts';
import { registerSegments } from './segments.ts';
import { registerServe } from './serve.ts';
import { registerSimulate } from './simulate.ts';
import { registerToken } from './token.ts';
import { registerTrain } from './train.ts';
import { registerTrees } from './trees.ts';
import { registerUplift } from './uplift.ts';

/** Every command, one line each, in the order of their use: a file of this folder that registers itself. */
export const registrations: readonly ((program: Command) => void)[] = [
  registerDemo,
  registerToken,
  registerDoctor,
  registerMigrate,
  registerBackup,
  registerRestore,
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
  registerInsights,
  registerSegments,
  registerExperiment,
  registerLab,
  registerRoi,
  registerTrees,
  registerUplift,
];
