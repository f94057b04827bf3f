import type { Interval } from '@tillcast/core/learning/metric';
import type { Command } from 'commander';
import { evaluatePolicy } from '../uplift/evaluate-policy.ts';
import { checkPolicyName } from '../uplift/write-policy.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';
import { parseNames } from './uplift-flags.ts';

interface Flags {
  readonly data: string;
  readonly policy: string;
  readonly policyVersion?: string;
  readonly file: string;
  readonly variants: string;
  readonly json?: true;
}

/** `tillcast uplift evaluate` */
export const registerUpliftEvaluate = (uplift: Command): void =>
  void uplift
    .command('evaluate')
    .description(
      'What a policy would have earned on logged decisions, before it runs: by inverse propensity, self-normalised and doubly robust.',
    )
    .requiredOption('--policy <name>', 'the policy to be valued')
    .option('--policy-version <number>', 'default: the newest')
    .requiredOption('--file <file>', 'logged decisions, a table as for uplift train')
    .requiredOption('--variants <names>', 'the variants by commas, no treatment first')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

const wire = ({ value, low, high }: Interval) => [value, low, high] as const;
const inWords = ({ value, low, high }: Interval): string => `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;

async function run(flags: Flags): Promise<void> {
  const { policy, value, logged } = await evaluatePolicy({
    folder: openDataDir(flags.data).policies,
    name: checkPolicyName(flags.policy),
    file: flags.file,
    variants: parseNames('--variants', flags.variants),
    ...(flags.policyVersion === undefined ? {} : { version: parseCount('--policy-version', flags.policyVersion, 1, 1e9) }),
  });
  say(`${policy.name} ${policy.version}, profit a shopper; the decisions of the file earned ${inWords(logged)}`);
  say(`  inverse propensity ${inWords(value.ips)}`);
  say(`  self-normalised    ${inWords(value.selfNormalised)}`);
  say(`  doubly robust      ${inWords(value.doublyRobust!)}`);
  say(`  from ${value.units} decisions, worth ${value.effectiveUnits.toFixed(0)} for this policy`);
  if (flags.json)
    printJson({
      ...{ policy: policy.name, version: policy.version, units: value.units, effective_units: value.effectiveUnits },
      ...{
        logged: wire(logged),
        ips: wire(value.ips),
        self_normalised: wire(value.selfNormalised),
        doubly_robust: wire(value.doublyRobust!),
      },
      mean_weight: wire(value.meanWeight),
    });
}
