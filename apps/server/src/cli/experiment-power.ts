import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { designExperiment } from '../experiments/analyse-power.ts';
import { printJson, say } from './output.ts';

interface Flags {
  readonly base?: string;
  readonly mean?: string;
  readonly sd?: string;
  readonly lift?: string;
  readonly units?: string;
  readonly alpha: string;
  readonly power: string;
  readonly variants: string;
  readonly perDay?: string;
  readonly controlShare?: string;
  readonly rho: string;
  readonly method: string;
  readonly json?: true;
}

/** `tillcast experiment power` */
export const registerExperimentPower = (experiment: Command): void =>
  void experiment
    .command('power')
    .description('How many shoppers and days an experiment needs, or what lift it can see with those there are.')
    .option('--base <rate>', 'conversion rate of control, such as 0.03')
    .option('--mean <amount>', 'of a mean instead of a rate: control’s mean, such as revenue per shopper')
    .option('--sd <amount>', 'with --mean: its standard deviation')
    .option('--lift <share>', 'smallest relative lift worth knowing, such as 0.15')
    .option('--units <number>', 'units per variant: answers the smallest lift they show, or with --lift the power')
    .option('--alpha <share>', 'two-sided', '0.05')
    .option('--power <share>', 'chance of seeing the lift if it is there', '0.8')
    .option('--variants <number>', 'variants, control included', '2')
    .option('--control-share <share>', 'share of units that control gets; default: equal shares')
    .option('--per-day <number>', 'units per day over all variants: adds the duration')
    .option('--rho <correlation>', 'of outcome and pre-exposure covariates, for CUPED', '0')
    .option('--method <method>', 'fixed, or sequential (daily looks)', 'fixed')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

function run(flags: Flags): void {
  const number = (name: string, text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) throw new TillcastError('OPTION_INVALID', `--${name} is "${text}"; give a number`);
    return value;
  };
  const maybe = (name: string, text: string | undefined) => (text === undefined ? undefined : number(name, text));
  const design = designExperiment({
    base: maybe('base', flags.base),
    mean: maybe('mean', flags.mean),
    sd: maybe('sd', flags.sd),
    lift: maybe('lift', flags.lift),
    units: maybe('units', flags.units),
    alpha: number('alpha', flags.alpha),
    power: number('power', flags.power),
    variants: number('variants', flags.variants),
    controlShare: maybe('control-share', flags.controlShare),
    perDay: maybe('per-day', flags.perDay),
    rho: number('rho', flags.rho),
    method: flags.method,
  });
  if (flags.json) printJson(design);
  else say(design.words);
}
