import type { Command } from 'commander';
import { openPredictionLog } from '../compose.ts';
import { exportUnits } from '../uplift/export-units.ts';
import { checkPolicyName } from '../uplift/write-policy.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseMoney, parseNames, parseNumber } from './uplift-flags.ts';

interface Flags {
  readonly data: string;
  readonly policy: string;
  readonly treatments: string;
  readonly out: string;
  readonly margin: string;
  readonly discount?: string;
  readonly send?: string;
  readonly json?: true;
}

/** `tillcast uplift units` */
export const registerUpliftUnits = (uplift: Command): void =>
  void uplift
    .command('units')
    .description(
      'Write the decisions of a policy as a unit table: the first one of each shopper whose horizon has closed, its chances, its outcome, its row.',
    )
    .requiredOption('--policy <name>', 'whose decisions')
    .requiredOption('--treatments <names>', 'its treatments in their order, by commas')
    .requiredOption('--out <file>', 'a name ending in .parquet')
    .requiredOption('--margin <amount>', 'what an order earns before any discount')
    .option('--discount <amounts>', 'what a treatment takes off each order, such as coupon=4.2')
    .option('--send <amounts>', 'what giving it costs, bought or not, such as coupon=0.02')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

async function run(flags: Flags): Promise<void> {
  const treatments = parseNames('--treatments', flags.treatments);
  const log = openPredictionLog(openDataDir(flags.data));
  try {
    const result = await exportUnits({
      ...{ log, out: flags.out, policy: checkPolicyName(flags.policy), treatments },
      margin: parseNumber('--margin', flags.margin, 0, 1e9),
      discounts: parseMoney('--discount', flags.discount, treatments),
      sending: parseMoney('--send', flags.send, treatments),
    });
    say(
      `${result.units} units written to ${flags.out}; ${result.waiting} decisions wait for their horizon to close, ${result.again} were a shopper's later ones, ${result.heldOut} shoppers were held out`,
    );
    const { heldOut: held_out, ...counts } = result;
    if (flags.json) printJson({ ...counts, held_out, out: flags.out, variants: ['nobody', ...treatments] });
  } finally {
    await log.close();
  }
}
