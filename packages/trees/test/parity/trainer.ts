import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const trainer = fileURLToPath(new URL('../../../../trainer/', import.meta.url));

/** The Python of a trainer's folder, or why there is none and what to run. */
export function findPython(folder = trainer): { readonly python: string } | { readonly missing: string } {
  const python = join(folder, '.venv', ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  if (existsSync(python)) return { python };
  return { missing: 'there is no trainer/.venv; run: node bootstrap.mjs --dev' };
}

/** How a script ended: its exit code, and what it said on stderr. */
export interface Ending {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a script of trainer/fixtures; each line it prints is told as it comes. */
export async function runFixtureScript(
  python: string,
  script: string,
  args: readonly string[],
  told: (line: string) => void,
): Promise<Ending> {
  // Waiting threads of the learners must not spin on the cores that compare.
  const env = { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', PYTHONUNBUFFERED: '1' };
  const child = spawn(python, ['-B', join(trainer, 'fixtures', script), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) told(line);
  return { code: await ended, stderr };
}
