import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRandom } from '@tillcast/core/simulation/random';
import { afterAll, describe, expect, it } from 'vitest';
import { type Acked, noAcks, withAck } from './power-cut/acks.ts';
import { crashImage } from './power-cut/crash-image.ts';
import { openDiskModel } from './power-cut/disk-model.ts';
import { compileShim, type Recorded, runRecorded, scratchFolder } from './power-cut/disk-shim.ts';
import { eventProblems } from './power-cut/stored-events.ts';

const isLong = process.env.TILLCAST_LONG === '1';
const numbers = isLong ? Array.from({ length: 50 }, (_, n) => n + 1) : [1, 4, 11, 26, 50];
const scratch = scratchFolder('io-errors');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const shim = compileShim(scratch);
if (shim === undefined) console.log('skipped: G4, I/O errors: no compiler for test/faults/power-cut/disk-shim.c');
const child = join(import.meta.dirname, 'io-errors/io-error-child.ts');

interface Told {
  /** What was acked, by the number of the call that failed meanwhile. */
  readonly acked: Map<number, Acked>;
  /** The cases in which a call did fail. */
  readonly failed: Set<number>;
  /** How often something was refused. */
  refused: number;
  /** What must not be: acks after a failed sync, errors that are not ours. */
  readonly wrong: string[];
}

/** What the child told, in the order in which the disk saw it. */
function hear({ calls }: Recorded): Told {
  const told: Told = { acked: new Map(), failed: new Set(), refused: 0, wrong: [] };
  const paths = new Map<number, string>();
  // What could not be synced. Content stays so until the next session; a name is safe when its folder was synced after all.
  const unsynced = new Set<string>();
  let k = 0;
  for (const call of calls) {
    if (call.kind === 'open') paths.set(call.fd, call.path);
    const path = 'fd' in call ? (paths.get(call.fd) ?? '') : '';
    if (call.kind === 'fault') {
      told.failed.add(k);
      if (call.call === 'fsync') unsynced.add(path);
    }
    if (call.kind === 'sync' && !path.includes('.db')) unsynced.delete(path);
    if (call.kind !== 'write' || path !== 'acks') continue;
    const line = call.bytes.toString('utf8').trim();
    if (line.startsWith('case ')) k = Number(line.slice(5));
    else if (line === 'session') unsynced.clear();
    else if (line === 'refused') told.refused += 1;
    else if (line.startsWith('broken')) told.wrong.push(`call ${k}: ${line}`);
    else {
      for (const lost of unsynced) told.wrong.push(`call ${k}: acked after a failed sync of ${lost}`);
      told.acked.set(k, withAck(told.acked.get(k) ?? noAcks, line));
    }
  }
  return told;
}

/** What lies on the disk when the power goes in the end: what a failed sync was to write is gone. */
function afterPowerCut({ calls }: Recorded, k: number): string {
  const disk = openDiskModel();
  for (const call of calls) disk.apply(call);
  const folder = join(scratch, 'image');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [path, content] of crashImage(disk.root, 'none', openRandom(k)))
    if (path.startsWith(`${k}/`)) writeFileSync(join(folder, path.slice(`${k}/`.length)), content);
  return folder;
}

describe.skipIf(shim === undefined).each(['fsync', 'write', 'read'])('EIO on %s', (call) => {
  it(`at ${numbers.length} places: refused by name, no ack after a failed sync, and all acked events there after a restart`, {
    timeout: 600_000,
  }, async () => {
    const recorded = await runRecorded(shim!, scratch, child, [call, numbers.join(','), 'honest']);
    expect(recorded.code).toBe(0);
    const { acked, failed, refused, wrong } = hear(recorded);
    expect(wrong).toEqual([]);
    expect([...failed]).toEqual(numbers);
    expect(refused).toBeGreaterThan(0);
    for (const k of numbers) {
      const certain = acked.get(k)!;
      expect(certain.events.length).toBeGreaterThan(30);
      // First the image, then the folder itself: opening it brings it up to date.
      expect({ k, problems: eventProblems(afterPowerCut(recorded, k), certain) }).toEqual({ k, problems: [] });
      expect({ k, problems: eventProblems(join(recorded.root, String(k)), certain) }).toEqual({ k, problems: [] });
    }
  });
});

describe.skipIf(shim === undefined)('a log that tries a failed commit again', () => {
  it('is caught', async () => {
    const { wrong } = hear(await runRecorded(shim!, scratch, child, ['fsync', '11,26', 'careless']));
    expect(wrong.filter((what) => what.startsWith('call 11: acked after a failed sync')).length).toBeGreaterThan(0);
  });
});
