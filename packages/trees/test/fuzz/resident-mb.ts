import { readFileSync } from 'node:fs';

/** What a process holds in memory now, in MB; undefined where the platform has no /proc, or the process no longer runs. */
export function residentMbOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined;
  }
}
