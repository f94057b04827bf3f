// Packs what is published: node packages/trees/pack.ts [folder for the tarball]. In the house the package is its sources, which Node runs as they are;
// a stranger gets JavaScript and declarations, made by tsc, and a manifest without what concerns the house alone.
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A step of packing that failed, with what the tool said. */
class PackError extends Error {
  override readonly name = 'PackError';
}

/** A tarball as `npm publish` would send it. */
export interface Packed {
  readonly tarball: string;
  readonly bytes: number;
  /** Paths inside it. */
  readonly files: readonly string[];
}

const here = import.meta.dirname;
const root = join(here, '../..');

/** Builds the package into an empty folder: `dist`, `package.json`, `README.md`, `LICENSE`. */
export function stageTrees(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, '-p', join(here, 'tsconfig.pack.json'), '--outDir', join(folder, 'dist')]);
  // tsc turns `.ts` into `.js` in code only; compilers differ in what they make of it in declarations.
  for (const file of globSync(join(folder, 'dist/**/*.d.ts'))) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'));
  }
  const { private: _, ...manifest } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  const exports = { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, exports, files: ['dist'] }, null, 2)}\n`);
  cpSync(join(here, 'README.md'), join(folder, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

/** Packs a staged folder into the folder `target`. */
export function packFolder(staged: string, target: string): Packed {
  mkdirSync(target, { recursive: true });
  const report = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], { cwd: staged });
  const [{ filename, size, files }] = JSON.parse(report) as [{ filename: string; size: number; files: { path: string }[] }];
  return { tarball: join(target, filename), bytes: size, files: files.map(({ path }) => path) };
}

function run(command: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const isShell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8', shell: isShell });
  if (status !== 0) throw new PackError(`${command} ${args[0]} failed: ${stdout ?? ''}${stderr ?? ''}`);
  return stdout;
}

if (import.meta.main) {
  const staged = mkdtempSync(join(tmpdir(), 'tillcast-trees-'));
  try {
    stageTrees(staged);
    const { tarball, bytes, files } = packFolder(staged, process.argv[2] ?? process.cwd());
    process.stdout.write(`${tarball}: ${files.length} files, ${Math.round(bytes / 1000)} kB\n`);
  } catch (error) {
    process.stderr.write(`pack: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}
