import type { Command } from 'commander';
import { readServeConfig, readSettingsFile } from '../config.ts';
import { settleHeap } from '../serving/heap.ts';
import { startServer } from '../serving/start-server.ts';
import { openProgress, printJson, say } from './output.ts';

interface ServeFlags {
  readonly data: string;
  readonly port?: string;
  readonly host?: string;
  readonly open?: boolean;
  readonly rules?: string;
  readonly language?: string;
  readonly timeZone?: string;
  readonly sessionGap?: string;
  readonly corsOrigin?: readonly string[];
  readonly json?: boolean;
}

async function serve(flags: ServeFlags): Promise<void> {
  settleHeap();
  const told = {
    port: flags.port,
    host: flags.host,
    open: flags.open,
    rules: flags.rules,
    language: flags.language,
    time_zone: flags.timeZone,
    session_gap_ms: flags.sessionGap,
    cors_origins: flags.corsOrigin,
  };
  const config = readServeConfig(told, process.env, readSettingsFile());
  const progress = openProgress();
  const server = await startServer({
    ...config,
    data: flags.data,
    onReplay: (done, of) => progress.update(`replaying events: ${done} of ${of}`),
  });
  progress.close();
  // Whoever reads that it listens may tell it to stop at once.
  const end = stopped();
  if (config.open) say('open: everyone on this machine may ask and write, without a token');
  say(`tillcast listens on ${server.url}; ${server.url}/docs explains and tries it`);
  if (flags.json === true) printJson({ url: server.url, pid: process.pid });
  await end;
  say('draining');
  await server.close();
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
  });
}

/** `tillcast serve`: answers over HTTP until it is told to stop. */
export const registerServe = (program: Command): void =>
  void program
    .command('serve')
    .description('Answer over HTTP: events, predictions, shoppers, models.')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--port <number>', 'port, 0 = any free one (PORT, default 8080)')
    .option('--host <address>', 'address to listen on (TILLCAST_HOST, default 127.0.0.1)')
    .option('--open', 'answer without tokens; on loopback only')
    .option('--rules <file>', 'insight rules in YAML; default: the shipped ones')
    .option('--language <tag>', 'what insights are said in, such as de; default: that of the rules')
    .option('--time-zone <name>', "the shop's IANA time zone; default: the champion's, else UTC")
    .option('--session-gap <ms>', "silence that ends a session; default: the champion's, else 30 minutes")
    .option('--cors-origin <origin...>', 'origins that browsers may call from')
    .option('--json', 'print one JSON line on stdout once it listens')
    .action(serve);
