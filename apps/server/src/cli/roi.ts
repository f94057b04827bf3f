import type { RoiAnswer } from '@tillcast/api/reports';
import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { openConvert } from '@tillcast/core/shop/convert';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { Command } from 'commander';
import { openEventLog, openExperimentStore, openExposureLog, openItemCatalogue, openPredictionLog } from '../compose.ts';
import { readShopSettings } from '../config.ts';
import { openMarginOf } from '../experiments/margin-of.ts';
import { openTextWriter } from '../importing/text-writer.ts';
import { bookHere } from '../money/book-here.ts';
import { withOverrides } from '../money/costs.ts';
import { roiCsv, rowsOfRoi } from '../money/roi-csv.ts';
import { roiReport } from '../money/roi-report.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseNumber } from './uplift-flags.ts';

interface Flags {
  readonly data: string;
  readonly asOf?: string;
  readonly margin?: string;
  readonly servingCostPerDay?: string;
  readonly treatmentCost?: readonly string[];
  readonly discount?: readonly string[];
  readonly csv?: string;
  readonly json?: boolean;
}

/** `coupon=0.02` as a pair; raises OPTION_INVALID. */
function pairs(flag: string, given: readonly string[] | undefined, most: number): Readonly<Record<string, number>> {
  return Object.fromEntries(
    (given ?? []).map((pair) => {
      const [name = '', amount = ''] = pair.split('=').map((part) => part.trim());
      if (name === '') throw new TillcastError('OPTION_INVALID', `${flag} is "${pair}"; give NAME=NUMBER, such as coupon=0.02`);
      return [name, parseNumber(`${flag} ${name}`, amount, 0, most)];
    }),
  );
}

const toldShop = (flags: Flags): ShopSettings =>
  withOverrides(readShopSettings(), {
    ...(flags.margin === undefined ? {} : { margin: parseNumber('--margin', flags.margin, -1e9, 1e9) }),
    ...(flags.servingCostPerDay === undefined
      ? {}
      : { servingCostPerDay: parseNumber('--serving-cost-per-day', flags.servingCostPerDay, -1e9, 1e9) }),
    fixed: pairs('--treatment-cost', flags.treatmentCost, 1e9),
    shareOfValue: pairs('--discount', flags.discount, 1),
  });

function moment(given: string | undefined): number {
  const ms = given === undefined ? Date.now() : Date.parse(given);
  if (Number.isNaN(ms))
    throw new TillcastError('OPTION_INVALID', `--as-of is "${given}"; give a moment such as 2026-11-20T18:00:00Z`);
  return ms;
}

async function report(flags: Flags): Promise<RoiAnswer> {
  const shop = toldShop(flags);
  const asOfMs = moment(flags.asOf);
  const dir = openDataDir(flags.data);
  const [events, exposures, experiments] = [openEventLog(dir), openExposureLog(dir), openExperimentStore(dir)];
  const [catalogue, predictions] = [openItemCatalogue(dir), openPredictionLog(dir)];
  try {
    const view = openCatalogueView();
    for await (const facts of catalogue.read()) facts.forEach(view.learn);
    const marginAsOf = (knownByMs: number) => openMarginOf(view, openConvert(shop), shop, knownByMs);
    const sources = { events, exposures, experiments, predictions, marginAsOf, book: bookHere };
    return await roiReport(sources, { shop, asOfMs });
  } finally {
    await Promise.all([events.close(), exposures.close(), experiments.close(), catalogue.close(), predictions.close()]);
  }
}

function* linesOf({ state, verdict, total, currency, lines, left_out, assumptions, notes, digest }: RoiAnswer): Iterable<string> {
  const money = (cents: number): string =>
    `${(cents / 100).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency ?? ''}`.trim();
  const figure = ([value, low, high]: readonly [number, number, number]): string =>
    `${money(value)} (${money(low)} to ${money(high)})`;
  yield `${state === 'measured' ? 'Measured' : 'Not measured'}: ${verdict}`;
  if (total !== null) {
    yield `  incremental margin  ${figure(total.incremental_margin_cents)}`;
    yield `  treatments          −${money(total.treatment_cost_cents)}`;
    yield `  discounts           −${money(total.discount_cost_cents)}`;
    yield `  serving             −${money(total.serving_cost_cents)}`;
    yield `  net                 ${figure(total.net_cents)}`;
  }
  for (const line of lines) {
    yield `${line.in_total ? '+' : ' '} ${line.id}: ${line.net_cents === null ? 'no figure' : figure(line.net_cents)}; ${line.verdict}`;
    yield `    ${line.treated_units} treated, ${line.reference_units} ${line.against === 'holdout' ? 'held out' : 'control'}, ${line.waiting_units} waiting, ${line.crossed_units} on both sides`;
  }
  for (const { id, reason } of left_out) yield `left out: ${id}: ${reason}`;
  yield 'Assumptions:';
  for (const { name, value, unit, source, edit } of assumptions)
    yield `  ${name} = ${value ?? 'not given'} (${unit}; ${source}); change: ${edit}`;
  for (const note of notes) yield `note: ${note}`;
  yield `digest ${digest}`;
}

async function run(flags: Flags): Promise<void> {
  const answer = await report(flags);
  if (flags.csv !== undefined) {
    const writer = openTextWriter(flags.csv);
    writer.write(roiCsv(rowsOfRoi(answer)));
    writer.finish();
    say(`${rowsOfRoi(answer).length} rows written to ${flags.csv}`);
  }
  if (flags.json) return printJson(answer);
  for (const line of linesOf(answer)) process.stdout.write(`${line}\n`);
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `tillcast roi`: what treating shoppers earned beyond what they would have brought anyway. */
export const registerRoi = (program: Command): void =>
  void program
    .command('roi')
    .description('The ledger: margin that treatments added, by comparison with holdouts and controls, less what they cost.')
    .option('--as-of <moment>', 'what was known by then; default: now')
    .option('--margin <share>', 'share of the price that is earned, instead of shop.margin')
    .option('--serving-cost-per-day <amount>', 'instead of shop.serving_cost_per_day')
    .option('--treatment-cost <name=amount>', 'what giving a treatment once costs, instead of shop.treatment_costs', collect)
    .option('--discount <name=share>', 'share of the order that a treatment takes off, instead of the same', collect)
    .option('--csv <file>', 'write the rows, cumulative by day')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
