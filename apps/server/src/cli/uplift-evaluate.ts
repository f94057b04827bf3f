import type { Interval } from '@tillcast/core/learning/metric';
import type { Command } from 'commander';
import { evaluatePolicy } from '../uplift/evaluate-policy.ts';
import { checkPolicyName } from '../uplift/write-policy.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';
import { type BudgetFlags, budgetLines, budgetToJson, parseBudget } from './uplift-budget.ts';
import { parseMoney, parseNames } from './uplift-flags.ts';

interface Flags extends BudgetFlags {
  readonly cost?: string;
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
    .option('--budget <amount>', 'value it within this budget, exploration included, instead of its own; with --shoppers')
    .option('--shoppers <number>', 'how many shoppers that is for')
    .option('--cost <amounts>', 'what treating one shopper takes out of it, such as coupon=4.2; default: as the policy says')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

const wire = ({ value, low, high }: Interval) => [value, low, high] as const;
const inWords = ({ value, low, high }: Interval): string => `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;

async function run(flags: Flags): Promise<void> {
  const variants = parseNames('--variants', flags.variants);
  const budget = parseBudget(flags);
  const { policy, value, logged, bought } = await evaluatePolicy({
    folder: openDataDir(flags.data).policies,
    name: checkPolicyName(flags.policy),
    file: flags.file,
    variants,
    costs: parseMoney('--cost', flags.cost, variants.slice(1)),
    ...(budget === undefined ? {} : { budget }),
    ...(flags.policyVersion === undefined ? {} : { version: parseCount('--policy-version', flags.policyVersion, 1, 1e9) }),
  });
  say(`${policy.name} ${policy.version}, profit a shopper; the decisions of the file earned ${inWords(logged)}`);
  say(`  inverse propensity ${inWords(value.ips)}`);
  say(`  self-normalised    ${inWords(value.selfNormalised)}`);
  say(`  doubly robust      ${inWords(value.doublyRobust!)}`);
  say(`  from ${value.units} decisions, worth ${value.effectiveUnits.toFixed(0)} for this policy`);
  const names = policy.treatments.map(({ name }) => name);
  for (const line of bought === undefined ? [] : budgetLines(bought, names)) say(line);
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
      ...(bought === undefined ? {} : { budget: budgetToJson(bought, names) }),
    });
}
