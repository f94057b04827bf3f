import type { Command } from 'commander';
import { checkPolicyName, writePolicy } from '../uplift/write-policy.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseNames, parseNumber } from './uplift-flags.ts';

interface Flags {
  readonly data: string;
  readonly policy: string;
  readonly treatments: string;
  readonly exploration: string;
  readonly json?: true;
}

/** `tillcast uplift start` */
export const registerUpliftStart = (uplift: Command): void =>
  void uplift
    .command('start')
    .description('Begin to explore: a policy that treats by lot, so that there is something to learn from.')
    .requiredOption('--policy <name>', 'what POST /v1/decide asks for')
    .requiredOption('--treatments <names>', 'what can be given, by commas, such as coupon')
    .option('--exploration <share>', 'share of shoppers decided by lot; the others get nothing', '1')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

function run(flags: Flags): void {
  const treatments = parseNames('--treatments', flags.treatments);
  const file = writePolicy(openDataDir(flags.data).policies, {
    name: checkPolicyName(flags.policy),
    // Nothing is looked at, and nothing is expected: whoever does not explore gets nothing.
    features: ['price'],
    treatments: treatments.map((name) => ({
      ...{ name, cost: 0, shrinkage: { mean: 0, centre: 0, slope: 0 } },
      mix: [{ learner: 'none', weight: 1, effect: { constant: 0, terms: [] } }],
    })),
    exploration_share: parseNumber('--exploration', flags.exploration, 0.001, 1),
    salt: flags.policy,
  });
  say(
    `${file.name} ${file.version}: ${treatments.join(', ')} or nothing by lot, for ${100 * file.exploration_share} % of shoppers`,
  );
  if (flags.json) printJson({ policy: file.name, version: file.version, treatments, exploration_share: file.exploration_share });
}
