// Builds the kernel: node packages/trees/kernel/build.mjs [--check]. The compiler is clang out of the `ziglang` package of PyPI, pinned by hash, so
// the same bytes come out on every machine; --check only compares them with the ones in src/engine/kernel-bytes.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(here, '../src/engine/kernel-bytes.ts');
const venv = join(here, '.venv');
const python = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2], cwd: here });
  if (status === 0) return;
  process.stderr.write(`kernel: "${command} ${args.slice(0, 4).join(' ')} …" failed; its messages are above\n`);
  process.exit(1);
};

if (!existsSync(join(venv, 'ready'))) {
  rmSync(venv, { recursive: true, force: true });
  run('python3', ['-m', 'venv', venv]);
  run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '-r',
    'requirements.lock',
  ]);
  writeFileSync(join(venv, 'ready'), '');
}
const scratch = mkdtempSync(join(tmpdir(), 'tillcast-kernel-'));
const wasm = join(scratch, 'kernel.wasm');
const flags = [
  '--target=wasm32-freestanding',
  '-mcpu=generic+simd128+bulk_memory',
  '-O3',
  '-nostdlib',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const linking = ['--no-entry', '--import-memory', '--strip-all', '-z,stack-size=65536'].map((option) => `-Wl,${option}`);
run(python, ['-m', 'ziglang', 'cc', ...flags, ...linking, '-o', wasm, 'shap.c', 'score.c', 'bytes.c']);
const bytes = readFileSync(wasm).toString('base64');
rmSync(scratch, { recursive: true, force: true });
const text = `// Made of kernel/*.c by \`npm run kernel\`; CI builds it anew and compares every bit.
const base64 =
  '${bytes}';

/** The compiled kernel: a WebAssembly module that imports its memory and nothing else. */
export const kernelBytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write('kernel: src/engine/kernel-bytes.ts is not what kernel/*.c compiles to; run `npm run kernel`\n');
  process.exit(1);
}
