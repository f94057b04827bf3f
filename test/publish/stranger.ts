import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a program said, and how it ended. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** A folder of someone who has never heard of this house: an empty home, no registry, no setting of ours. */
export interface Stranger {
  readonly folder: string;
  /** Installs a tarball as `npm install` does without a network. */
  install(tarball: string): Promise<Ended>;
  run(program: string, args: readonly string[]): Promise<Ended>;
}

/** Makes the folder, with these files in it. */
export function openStranger(folder: string, files: Readonly<Record<string, string>>): Stranger {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home, SystemRoot: process.env.SystemRoot };
  const run = (program: string, args: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd: folder, env, shell: process.platform === 'win32' && program === 'npm' });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      child.once('error', reject).once('close', (status) => resolve({ status, output }));
    });
  const install = (tarball: string): Promise<Ended> =>
    run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', tarball]);
  return { folder, install, run };
}
