import type { Command } from 'commander';
import { analyseFile } from '../experiments/analyse-file.ts';
import { printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';

interface Flags {
  readonly file: string;
  readonly config: string;
  readonly asOf?: string;
  readonly aa?: string;
  readonly seed: string;
  readonly json?: true;
}

/** `tillcast experiment analyse` */
export const registerExperimentAnalyse = (experiment: Command): void =>
  void experiment
    .command('analyse')
    .description("Analyse any experiment's unit table: unit, variant, exposed_at?, conversion, revenue?, pre_*?")
    .requiredOption('--file <file>', 'one row a unit: a name ending in .csv, .csv.gz, .tsv or .parquet')
    .requiredOption('--config <file>', 'YAML or JSON: variants, metrics, method and rule (docs/guides/experiments.md)')
    .option('--as-of <instant>', 'only what was known then')
    .option(
      '--aa <runs>',
      'also draw the variants anew this often, and print how often the rule finds an effect where there is none',
    )
    .option('--seed <number>', 'of --aa', '1')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

async function run({ file, config, asOf, aa, seed, json }: Flags): Promise<void> {
  const answer = await analyseFile({
    ...{ file, config },
    ...(asOf !== undefined && { asOf }),
    ...(aa !== undefined && { aa: { runs: parseCount('--aa', aa, 1, 100_000), seed: parseCount('--seed', seed, 0, 2 ** 32) } }),
  });
  if (json) {
    printJson(answer);
    return;
  }
  for (const [name, { n, mean }] of Object.entries(answer.variants))
    say(`${name}: ${n.toLocaleString('en')} units, mean ${mean ?? 'not measurable'}`);
  for (const note of answer.notes) say(`note: ${note}`);
  say(answer.verdict);
}
