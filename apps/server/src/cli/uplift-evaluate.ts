import { intervalText, tripleOf } from '@tillcast/core/learning/metric';
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
  say(`${policy.name} ${policy.version}, profit a shopper; the decisions of the file earned ${intervalText(logged)}`);
  say(`  inverse propensity ${intervalText(value.ips)}`);
  say(`  self-normalised    ${intervalText(value.selfNormalised)}`);
  say(`  doubly robust      ${intervalText(value.doublyRobust!)}`);
  say(`  from ${value.units} decisions, worth ${value.effectiveUnits.toFixed(0)} for this policy`);
  const names = policy.treatments.map(({ name }) => name);
  for (const line of bought === undefined ? [] : budgetLines(bought, names)) say(line);
  if (flags.json)
    printJson({
      ...{ policy: policy.name, version: policy.version, units: value.units, effective_units: value.effectiveUnits },
      ...{
        logged: tripleOf(logged),
        ips: tripleOf(value.ips),
        self_normalised: tripleOf(value.selfNormalised),
        doubly_robust: tripleOf(value.doublyRobust!),
      },
      mean_weight: tripleOf(value.meanWeight),
      ...(bought === undefined ? {} : { budget: budgetToJson(bought, names) }),
    });
}
