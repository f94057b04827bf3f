import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { temporaryFor } from '../importing/text-writer.ts';

/** The right to work on something, held by one process at a time. */
export interface Lease {
  /** Grows with each holder: what is named by it belongs to this holder alone. */
  readonly generation: number;
  /** Says that the holder is still at it; false = another has taken over, and this one must stop. */
  renew(): boolean;
  release(): void;
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly token: string;
}

/** A lease that nobody renewed for this long is free. */
export const leaseMs = 30_000;
/** How often a holder renews it. */
export const renewEveryMs = 5_000;

interface Standing extends Holder {
  readonly generation: number;
  readonly file: string;
  readonly renewedAtMs: number;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function standingLeases(prefix: string): Standing[] {
  const [folder, start] = [dirname(prefix), `${basename(prefix)}.lease-`];
  const leases = readdirSync(folder).flatMap((name): Standing[] => {
    const generation = Number(name.slice(start.length));
    if (!name.startsWith(start) || !Number.isInteger(generation)) return [];
    const file = join(folder, name);
    try {
      return [{ ...(JSON.parse(readFileSync(file, 'utf8')) as Holder), generation, file, renewedAtMs: statSync(file).mtimeMs }];
    } catch {
      return []; // released meanwhile
    }
  });
  return leases.sort((a, b) => b.generation - a.generation);
}

/** Whether its holder may still be at work: silence ends a lease, and so does the end of a process of this machine. */
const isHeld = ({ host, pid, renewedAtMs }: Standing, nowMs: number): boolean =>
  nowMs - renewedAtMs < leaseMs && (host !== hostname() || isRunning(pid));

/** One above every number that a lease or a spool of this prefix ever had, as far as one is left. */
function nextGeneration(prefix: string): number {
  const names = readdirSync(dirname(prefix)).filter((name) => name.startsWith(`${basename(prefix)}.`));
  const numbers = names.map((name) => Number(/\.(?:lease|spool)-(\d+)$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}

/**
 * Takes the lease of what is named by `prefix`; undefined while another holds it. Each lease is a file of its own, made by a link, which fails where the
 * name is taken; whoever then sees another lease that is held gives its own up, so two may both fail and never both hold. Whoever takes it must
 * look again at what it is for.
 */
export function takeLease(prefix: string, nowMs: number = Date.now()): Lease | undefined {
  const standing = standingLeases(prefix);
  if (standing.some((lease) => isHeld(lease, nowMs))) return undefined;
  const generation = nextGeneration(prefix);
  const file = `${prefix}.lease-${generation}`;
  const token = randomUUID();
  const whole = temporaryFor(file);
  writeFileSync(whole, JSON.stringify({ host: hostname(), pid: process.pid, token } satisfies Holder), { mode: 0o600 });
  try {
    linkSync(whole, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(whole, { force: true });
  }
  const isMine = (): boolean => standingLeases(prefix)[0]?.token === token;
  if (standingLeases(prefix).some((other) => other.token !== token && isHeld(other, nowMs))) {
    rmSync(file, { force: true });
    return undefined;
  }
  for (const old of standing) rmSync(old.file, { force: true });
  return {
    generation,
    renew() {
      if (!isMine()) return false;
      const at = new Date();
      utimesSync(file, at, at);
      return true;
    },
    release() {
      if (isMine()) rmSync(file, { force: true });
    },
  };
}
