import type { Command } from 'commander';
import { registerUpliftEvaluate } from './uplift-evaluate.ts';
import { registerUpliftStart } from './uplift-start.ts';
import { registerUpliftTrain } from './uplift-train.ts';
import { registerUpliftUnits } from './uplift-units.ts';

/** `tillcast uplift`: from randomised exposure to a policy, and from a policy to what it would earn. */
export function registerUplift(program: Command): void {
  const uplift = program
    .command('uplift')
    .description('Learn from randomised exposure whom to treat, and value policies before they run.');
  registerUpliftStart(uplift);
  registerUpliftUnits(uplift);
  registerUpliftTrain(uplift);
  registerUpliftEvaluate(uplift);
}
