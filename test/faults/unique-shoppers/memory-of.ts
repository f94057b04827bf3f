import { readFileSync } from 'node:fs';

/** Bytes of a process that are in memory; undefined where the system does not say (it is Linux that does). */
export function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** A moment of a process: what had happened by then, and its memory. */
export interface MemorySample {
  readonly shoppers: number;
  readonly bytes: number;
}

/** The slope of memory over what happened in the last third of the samples, bytes each; by least squares. */
export function lastSlope(samples: readonly MemorySample[]): number {
  const last = samples.slice(Math.floor((samples.length * 2) / 3));
  const mean = (of: (sample: MemorySample) => number): number => last.reduce((sum, one) => sum + of(one), 0) / last.length;
  const [meanX, meanY] = [mean(({ shoppers }) => shoppers), mean(({ bytes }) => bytes)];
  const covariance = mean(({ shoppers, bytes }) => (shoppers - meanX) * (bytes - meanY));
  const variance = mean(({ shoppers }) => (shoppers - meanX) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}
