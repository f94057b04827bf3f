import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const bin = join(import.meta.dirname, '..', 'bin', 'tillcast.mjs');
const older = ['/usr/local/bin/node', '/usr/bin/node'].find(
  (path) =>
    existsSync(path) && Number(spawnSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).stdout) < 24,
);
if (older === undefined) console.warn('skipped: starting on an older Node (this machine has none)');

describe.skipIf(older === undefined)('the command line on an older Node', () => {
  it('goes on with the pinned one', () => {
    const { status, stdout } = spawnSync(older!, [bin, 'features', '--json'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trim())).toBeTruthy();
  });

  it('passes a signal on, and leaves nothing running', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillcast-start-'));
    const child = spawn(older!, [bin, 'serve', '--data', folder, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { pid } = JSON.parse(line.toString()) as { pid: number };
    expect(pid).not.toBe(child.pid);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow();
    rmSync(folder, { recursive: true, force: true });
  });
});
