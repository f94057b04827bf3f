import type { InsightSimulation } from '@tillcast/api/insight-rules';
import { openFactCursor } from '@tillcast/core/catalogue/fact-cursor';
import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openConvert } from '@tillcast/core/shop/convert';
import type { Command } from 'commander';
import { openItemCatalogue, openModelRegistry, openPredictionLog } from '../compose.ts';
import { readSettingsFile, readShopSettings } from '../config.ts';
import { rulesOnWire } from '../rules/insight-desk.ts';
import { simulateRules } from '../rules/simulate-rules.ts';
import { openItemFacts, readInsightRules } from '../serving/rules.ts';
import { openDataDir } from './data-dir.ts';
import { openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly rules?: string;
  readonly since?: string;
  readonly until?: string;
  readonly set?: string;
  readonly data: string;
  readonly json?: boolean;
}

const dayMs = 86_400_000;
const features = featureCatalog.map(({ name }) => name);

/** A moment of a flag, or of `fallback` where the flag is not given. */
function instantOf(flag: string, text: string | undefined, fallbackMs: number): number {
  const ms = text === undefined ? fallbackMs : parseInstant(text);
  if (ms === undefined)
    throw new TillcastError('OPTION_INVALID', `${flag} ${text}: must be an instant such as 2026-11-20T18:00:00Z`);
  return ms;
}

function rulesOf({ rules }: Flags) {
  const settings = readShopSettings();
  const configured = readSettingsFile().rules;
  const file = rules ?? (typeof configured === 'string' ? configured : undefined);
  return { settings, file: readInsightRules(file, { features, treatments: [...settings.treatmentCosts.keys()] }) };
}

function list(flags: Flags): void {
  const wire = rulesOnWire(rulesOf(flags).file);
  if (flags.json === true) printJson(wire);
  else {
    for (const { id, family, when } of wire.rules) say(`${id} (${family}): ${when}`);
    say(`version ${wire.version}; every rule passes its own examples`);
  }
}

function describe({ predictions, rules, from, until, not_logged }: InsightSimulation): string {
  const lines = rules.map(({ id, told, held, share, labelled, bought }) => {
    const outcome =
      share === null ? 'no outcome known yet' : `${bought} of ${labelled} bought (${(share[0]! * 100).toFixed(1)} %)`;
    return `${id}: would have been said ${told} times (true ${held} times); ${outcome}`;
  });
  const missing = not_logged.length === 0 ? [] : [`not in the log, so not known here: ${not_logged.join(', ')}`];
  return [`${predictions} predictions from ${from} until ${until}`, ...lines, ...missing].join('\n');
}

async function simulate(flags: Flags): Promise<void> {
  const { settings, file } = rulesOf(flags);
  const untilMs = instantOf('--until', flags.until, Date.now());
  const fromMs = instantOf('--since', flags.since, untilMs - dayMs);
  const dir = openDataDir(flags.data);
  const [catalogue, predictions] = [openItemCatalogue(dir), openPredictionLog(dir)];
  const progress = openProgress();
  try {
    const view = openCatalogueView();
    await (await openFactCursor(catalogue, view.learn)).advance(Number.POSITIVE_INFINITY);
    const shop = { settings, convert: openConvert(settings), itemFacts: openItemFacts(view) };
    const result = await simulateRules(
      file,
      { predictions, registry: openModelRegistry(dir), shop },
      {
        fromMs,
        untilMs,
        set: flags.set,
        onProgress: (answers) => progress.update(`${answers.toLocaleString('en')} predictions`),
      },
    );
    progress.close();
    if (flags.json === true) printJson(result);
    else say(describe(result));
  } finally {
    progress.close();
    await predictions.close();
    await catalogue.close();
  }
}

/** `tillcast insights list` and `tillcast insights simulate`. */
export function registerInsights(program: Command): void {
  const insights = program.command('insights').description('The rules that answers are spoken with.');
  insights
    .command('list')
    .description('Check the rules, run their own examples, and list them.')
    .option('--rules <file>', 'rules in YAML; default: those of tillcast.yaml, else the shipped ones')
    .option('--json', 'print the rules as one line of JSON')
    .action(list);
  insights
    .command('simulate')
    .description('Say what rules would have said of the predictions that were served; changes nothing.')
    .option('--rules <file>', 'rules in YAML; default: those of tillcast.yaml, else the shipped ones')
    .option('--since <instant>', 'from when, such as 2026-11-20T18:00:00Z; default: a day before --until')
    .option('--until <instant>', 'until when; default: now')
    .option('--set <name>', 'the insight set that speaks; default: default')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(simulate);
}
