import type { Command } from 'commander';
import { registerExperimentAnalyse } from './experiment-analyse.ts';
import { registerExperimentLife } from './experiment-life.ts';
import { registerExperimentPower } from './experiment-power.ts';

/** Every subcommand of `tillcast experiment`, one line each. */
const subcommands: readonly ((experiment: Command) => void)[] = [
  registerExperimentLife,
  registerExperimentAnalyse,
  registerExperimentPower,
];

/** `tillcast experiment …` */
export function registerExperiment(program: Command): void {
  const experiment = program.command('experiment').description('Plan, run and analyse experiments.');
  for (const register of subcommands) register(experiment);
}
