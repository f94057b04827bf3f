import { type SpawnSyncOptions, spawnSync } from 'node:child_process';

/** Runs a command to its end, all it prints going to stderr; whether it succeeded. */
export function run(command: string, args: readonly string[], options: SpawnSyncOptions = {}): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options }).status === 0;
}

/** What is going on, for whoever waits. */
export const say = (text: string): void => void process.stderr.write(`bench:trees: ${text}\n`);
