import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { parseDuration } from '@tillcast/core/learning/duration';
import { openConvert } from '@tillcast/core/shop/convert';
import type { Command } from 'commander';
import { openEventLog, openItemCatalogue, openPredictionLog } from '../compose.ts';
import { readSettingsFile, readShopSettings } from '../config.ts';
import { openMarginOf } from '../experiments/margin-of.ts';
import { exportUnits } from '../uplift/export-units.ts';
import { checkPolicyName } from '../uplift/write-policy.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseMoney, parseNames, parseNumber } from './uplift-flags.ts';

interface Flags {
  readonly data: string;
  readonly policy: string;
  readonly treatments: string;
  readonly out: string;
  readonly margin?: string;
  readonly refundWindow?: string;
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
    .option(
      '--margin <amount>',
      'one amount that every order earns before any discount; default: what each item earned when it was bought (its cost or margin in the catalogue, else shop.margin), returns taken off',
    )
    .option(
      '--refund-window <duration>',
      'wait for returns so long after the horizon, such as P14D; default: refund_window of tillcast.yaml, else no wait',
    )
    .option('--discount <amounts>', 'what a treatment takes off each order, such as coupon=4.2')
    .option('--send <amounts>', 'what giving it costs, bought or not, such as coupon=0.02')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

/** How long returns are waited for, ms; undefined = not at all. */
function refundWindowOf({ refundWindow }: Flags): number | undefined {
  const { refund_window: configured } = readSettingsFile();
  const given = refundWindow ?? (typeof configured === 'string' ? configured : undefined);
  return given === undefined ? undefined : parseDuration(given);
}

/** Opens what each item earned as it was bought, by the catalogue and the shop. */
async function openEarning(dir: DataDir, refundWindowMs: number | undefined) {
  const shop = readShopSettings();
  const [events, catalogue] = [openEventLog(dir), openItemCatalogue(dir)];
  const view = openCatalogueView();
  for await (const facts of catalogue.read()) facts.forEach(view.learn);
  const sources = { events, marginOf: openMarginOf(view, openConvert(shop), shop), refundWindowMs };
  return { sources, close: () => Promise.all([events.close(), catalogue.close()]) };
}

async function run(flags: Flags): Promise<void> {
  const treatments = parseNames('--treatments', flags.treatments);
  const dir = openDataDir(flags.data);
  const log = openPredictionLog(dir);
  const items = flags.margin === undefined ? await openEarning(dir, refundWindowOf(flags)) : undefined;
  try {
    const result = await exportUnits({
      ...{ log, out: flags.out, policy: checkPolicyName(flags.policy), treatments, nowMs: Date.now() },
      earning: items?.sources ?? parseNumber('--margin', flags.margin!, 0, 1e9),
      discounts: parseMoney('--discount', flags.discount, treatments),
      sending: parseMoney('--send', flags.send, treatments),
    });
    say(
      `${result.units} units written to ${flags.out}; ${result.waiting} decisions wait for their horizon${items?.sources.refundWindowMs === undefined ? '' : ' and for returns'} to close, ${result.again} were a shopper's later ones, ${result.heldOut} shoppers were held out`,
    );
    const { heldOut: held_out, ...counts } = result;
    if (flags.json) printJson({ ...counts, held_out, out: flags.out, variants: ['nobody', ...treatments] });
  } finally {
    await log.close();
    await items?.close();
  }
}
