import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** The core that single-thread contenders were held to; undefined where processes cannot be held. */
  readonly heldToCore: number | undefined;
  /** Processes that wanted a core in the last minute, before the benchmark began: above 0.5 the figures are noisy. */
  readonly loadBefore: number;
}

/** Describes this machine. */
export const describeMachine = (heldToCore: number | undefined): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
  node: process.version,
  heldToCore,
  loadBefore: Math.round(100 * loadavg()[0]!) / 100,
});

/** util-linux's command that holds a process to cores. */
export const holdingCommand = 'taskset';

/** The last core that this process may run on, where a process can be held to one. */
export function coreToHold(): number | undefined {
  if (platform() !== 'linux' || spawnSync(holdingCommand, ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const allowed = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const last = allowed?.split(/[,-]/).at(-1);
  return last === undefined ? undefined : Number(last);
}
