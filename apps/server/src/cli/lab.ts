import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { couponsScenario } from '../lab/coupons-scenario.ts';
import { aaScenario, abScenario, srmScenario } from '../lab/experiment-scenarios.ts';
import type { LabFlags, LabScenario } from '../lab/scenario.ts';
import { printJson, say } from './output.ts';

/** Every scenario, one line each. */
const scenarios: readonly LabScenario[] = [aaScenario, abScenario, srmScenario, couponsScenario];

/** `tillcast lab`: our methods run against worlds whose truth is known. */
export function registerLab(program: Command): void {
  program
    .command('lab')
    .description('Run our methods against worlds whose truth is known, and show both.')
    .requiredOption('--scenario <name>', scenarios.map(({ description }) => description).join('; '))
    .option('--seed <number>', 'the same seed gives the same figures', '1')
    .option('--shoppers <number>', 'coupons: shoppers in the experiment; as many fresh ones value the policy (default: 20000)')
    .option('--runs <number>', 'how many experiments; coupons: count only how often the interval holds the planted lift')
    .option(
      '--signal <strength>',
      'coupons: how well the features tell whom a coupon moves: weak, medium or strong (default: medium)',
    )
    .option('--threads <number>', 'coupons: threads of the learners (default: 1)')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
}

async function run(flags: LabFlags): Promise<void> {
  const scenario = scenarios.find(({ name }) => name === flags.scenario);
  if (scenario === undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      `--scenario is "${flags.scenario}"; known are ${scenarios.map(({ name }) => name).join(', ')}`,
    );
  const result = await scenario.run(flags, say);
  if (flags.json) printJson(result);
}
