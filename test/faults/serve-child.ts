import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A server of ours in a process of its own. */
export interface ServeChild {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Resolves to its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts a script that prints one JSON line with its `url` once it listens. */
export async function startChild(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<ServeChild> {
  const child = spawn(process.execPath, [script, ...args], {
    // Its stdin ends with us: a test that is cut off leaves no server behind.
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'silent', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, port: Number(new URL(url).port), child, ended };
  }
  throw new Error(`${script} ended before it listened`);
}
