import { readFileSync, statSync } from 'node:fs';
import type { ExplainAnswer } from '@tillcast/api/explain';
import type { Problem } from '@tillcast/api/problem';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { audiences } from '@tillcast/core/explaining/sentence-templates';
import { backgroundNames } from '@tillcast/core/scoring/background';
import type { Command } from 'commander';
import { openDataDir } from './data-dir.ts';
import { openOffline } from './open-offline.ts';
import { openProgress, printJson } from './output.ts';

interface Flags {
  readonly data: string;
  readonly file: string;
  readonly audience?: string;
  readonly method?: string;
  readonly background?: string;
  readonly interactions?: boolean;
  readonly timeZone?: string;
  readonly json?: boolean;
}

const maxBytes = 1_048_576;

/** The request in the file: of `/v1/explain`, or of `/v1/predict`, which is then explained as it stands. */
function readRequest(file: string): Record<string, unknown> {
  let text: string;
  try {
    if (statSync(file).size > maxBytes)
      throw new TillcastError('INPUT_INVALID', `${file}: a request holds at most ${maxBytes} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof TillcastError) throw error;
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new TillcastError('INPUT_INVALID', `${file}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new TillcastError('INPUT_INVALID', `${file}: must hold one request as a JSON object`);
  return Object.hasOwn(data, 'request') ? { ...data } : { request: data };
}

/** Answers through the same service and the same route as a server would, without a port. */
async function askService(flags: Flags, payload: object): Promise<ExplainAnswer> {
  const progress = openProgress();
  try {
    const onReplay = (done: number, of: number): void => progress.update(`replaying events: ${done} of ${of}`);
    const service = await openOffline(openDataDir(flags.data), { timeZone: flags.timeZone, onReplay });
    try {
      const answer = await service.app.inject({ method: 'POST', url: '/v1/explain', payload });
      if (answer.statusCode === 200) return answer.json<ExplainAnswer>();
      throw refusalOf(answer.json<Problem>());
    } finally {
      await service.close();
    }
  } finally {
    progress.close();
  }
}

function refusalOf({ code, detail }: Problem): TillcastError {
  if (code === 'MODEL_NOT_FOUND' || code === 'EXPLANATION_LATE' || code === 'EXPLANATION_BROKEN')
    return new TillcastError(code, detail);
  return new TillcastError('INPUT_INVALID', detail);
}

function printPeople(answer: ExplainAnswer): void {
  const { sentences, lime, agreement, counterfactuals = [], interactions = [] } = answer;
  const lines = [
    sentences.headline,
    ...sentences.reasons.map((reason) => `  ${reason}`),
    sentences.caution,
    `Compared with ${answer.background}.`,
  ];
  for (const { features, interaction } of interactions)
    lines.push(`Together beyond each alone: ${features.join(' and ')}, ${interaction.toFixed(3)} log-odds.`);
  if (lime?.status === 'withheld') lines.push(`LIME is withheld: ${lime.reason}.`);
  if (agreement !== null)
    lines.push(
      `LIME agrees in the signs of ${Math.round(100 * (agreement.sign ?? 1))} %, and in ${Math.round(100 * agreement.overlap)} % of the top five.`,
    );
  for (const { changes, cost, purchase_probability: probability, plausibility } of counterfactuals) {
    const moved = changes.map(({ feature, from, to }) => `${feature} ${from} → ${to}`).join(', ');
    const seen = plausibility.seen_in_data ? 'seen in data' : 'NOT seen in data';
    lines.push(`The model would say ${(100 * probability).toFixed(2)} % at: ${moved} (cost ${cost}, ${seen}).`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What the flags say over the file's request; choices are named here, where a shell's user can read them. */
function wishesOf({ audience, method, background, interactions }: Flags): object {
  const choices = { audience: audiences, method: ['path_dependent', 'interventional'], background: backgroundNames };
  const given = { audience, method, background };
  for (const [name, known] of Object.entries(choices) as [keyof typeof choices, readonly string[]][]) {
    const value = given[name];
    if (value !== undefined && !known.includes(value))
      throw new TillcastError('OPTION_INVALID', `--${name} is "${value}"; give one of ${known.join(', ')}`);
  }
  const told = { ...given, interactions };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

async function explain(flags: Flags): Promise<void> {
  const wishes = wishesOf(flags);
  const answer = await askService(flags, { ...readRequest(flags.file), ...wishes });
  if (flags.json === true) printJson(answer);
  else printPeople(answer);
}

/** `tillcast explain`: why the champion answers a question as it does. */
export const registerExplain = (program: Command): void =>
  void program
    .command('explain')
    .description('why the champion answers a question as it does: contributions, LIME, words, counterfactuals')
    .requiredOption('--file <file>', 'JSON: a request of /v1/explain, or one of /v1/predict')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--audience <reader>', 'merchandiser, analyst or support')
    .option('--method <name>', 'path_dependent (default), or interventional: against rows the bundle keeps')
    .option('--background <name>', 'with interventional: training (default) or buyers')
    .option('--interactions', 'also the strongest pairs of features (path_dependent)')
    .option('--time-zone <name>', "the shop's IANA time zone; default: the champion's, else UTC")
    .option('--json', 'one line of JSON on stdout')
    .action(explain);
