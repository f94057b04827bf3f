import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import { type Comparison, compareFigures, type Reference, rees46Reference } from '@tillcast/core/simulation/reference';
import { parseDrift, type ShopSettings } from '@tillcast/core/simulation/settings';
import type { Command } from 'commander';
import { openTextWriter } from '../importing/text-writer.ts';
import { measureRees46 } from '../jobs/measure-rees46.ts';
import { simulateToFile } from '../jobs/simulate-shop.ts';
import { bar, openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly shoppers: string;
  readonly days: string;
  readonly seed: string;
  readonly out: string;
  readonly truth?: string;
  readonly compare?: string;
  readonly referenceOut?: string;
  readonly start?: string;
  readonly drift?: string;
  readonly botsShare?: string;
  readonly lateShare?: string;
  readonly cartTrackedShare?: string;
  readonly json?: true;
}

/** `tillcast simulate`: a synthetic shop whose true probabilities are known. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('Simulate a shop: events for import, and the true probability of a purchase behind each of them.')
    .option('--shoppers <number>', 'people who visit now and then', '3000')
    .option('--days <number>', 'how long', '28')
    .option('--seed <number>', 'the same seed gives the same bytes', '1')
    .requiredOption('--out <file>', 'the events: a name ending in .jsonl, .parquet or .csv')
    .option('--truth <file>', 'the truth behind each event, as JSON lines')
    .option(
      '--compare <file>',
      'a CSV file of the REES46 schema to be measured and compared with (default: figures measured once)',
    )
    .option('--reference-out <file>', 'with --compare: write the measured figures as JSON')
    .option('--start <instant>', 'when the first day begins, RFC 3339', '2025-01-06T00:00:00Z')
    .option('--drift <kind@day=factor>', 'conversion, category_mix or price_level changes on a day, such as conversion@14=0.5')
    .option('--bots-share <share>', 'share of sessions that are a bot’s')
    .option('--late-share <share>', 'share of events that are heard of late')
    .option('--cart-tracked-share <share>', 'share of sessions whose cart events are tracked')
    .option('--json', 'print the result as one line of JSON')
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const settings = settingsOf(flags);
  const { out, truth } = flags;
  if (out === truth) throw new TillcastError('OPTION_INVALID', `simulate: --out and --truth are both ${out}; give two names`);
  const reference = await referenceOf(flags);
  const progress = openProgress();
  try {
    const { figures, ...summary } = await simulateToFile({
      ...{ settings, out, scope: reference.scope },
      ...(truth === undefined ? {} : { truth }),
      onProgress: (text, share) => progress.update(`${bar(share)}  ${text}`),
    });
    progress.close(`${summary.events} events of ${summary.sessions} sessions written to ${out}`);
    const comparison = compareFigures(figures!, reference.figures);
    say(`\n${tableOf(comparison, reference)}`);
    if (flags.json) printJson({ ...summary, seed: settings.seed, reference: reference.source, comparison });
  } finally {
    progress.close();
  }
}

function settingsOf(flags: Flags): ShopSettings {
  const share = (name: 'botsShare' | 'lateShare' | 'cartTrackedShare') =>
    flags[name] === undefined ? {} : { [name]: numberOf(name, flags[name]) };
  return {
    shoppers: numberOf('shoppers', flags.shoppers),
    days: numberOf('days', flags.days),
    seed: numberOf('seed', flags.seed),
    ...(flags.start === undefined ? {} : { startMs: instantOf(flags.start) }),
    ...(flags.drift === undefined ? {} : { drift: parseDrift(flags.drift) }),
    ...share('botsShare'),
    ...share('lateShare'),
    ...share('cartTrackedShare'),
  };
}

/** Text that is no number becomes NaN, which the settings refuse by name. */
const numberOf = (field: string, text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new TillcastError('OPTION_INVALID', `simulate: ${field} is "${text}"; give a number`);
  return value;
};

function instantOf(text: string): number {
  const instant = parseInstant(text);
  if (instant === undefined)
    throw new TillcastError('OPTION_INVALID', `simulate: start is "${text}"; give an instant such as 2025-01-06T00:00:00Z`);
  return instant;
}

async function referenceOf({ compare, referenceOut }: Flags): Promise<Reference> {
  if (compare === undefined) {
    if (referenceOut !== undefined)
      throw new TillcastError('OPTION_INVALID', 'simulate: reference-out needs --compare FILE to be measured');
    return rees46Reference;
  }
  const reference = await measureRees46(compare);
  if (referenceOut !== undefined) {
    const writer = openTextWriter(referenceOut);
    writer.write(`${JSON.stringify(reference, null, 2)}\n`);
    writer.finish();
  }
  return reference;
}

/** The comparison for people: figure, synthetic, reference, ratio, and a note where we differ on purpose. */
function tableOf(comparison: readonly Comparison[], { source }: Reference): string {
  const show = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const lines = comparison.map(({ figure, synthetic, reference, ratio, note }) =>
    [
      figure.padEnd(37),
      show(synthetic).padStart(10),
      show(reference).padStart(10),
      ratio.toFixed(2).padStart(7),
      note ? `  ${note}` : '',
    ].join(''),
  );
  return [
    `${'figure'.padEnd(37)}${'synthetic'.padStart(10)}${'reference'.padStart(10)}${'ratio'.padStart(7)}`,
    ...lines,
    `Reference: ${source}`,
  ].join('\n');
}
