import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { type BackupOptions, makeBackup } from '../../src/backup/make-backup.ts';
import { type RestoreOptions, restoreBackup } from '../../src/backup/restore-backup.ts';
import { eraseAgain } from '../../src/backup/staged-erasures.ts';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { copyEmbedded, embeddedSchema, openSuppressions } from '../../src/compose.ts';
import { contentsOf, openSmallData, registryOf, scratchPath } from './small-data.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'tillcast.mjs');
const everything = { events: ['a1', 'b1'], predictions: ['pa', 'pb'], letters: ['la', 'lb'], facts: 1 };

const backUp = (root: string, out: string, over: Partial<BackupOptions> = {}) =>
  makeBackup({ root, out, release: 'test', copyDatabase: copyEmbedded, now: Date.now, ...over });
const restore = (from: string, root: string, over: Partial<RestoreOptions> = {}) =>
  restoreBackup({ from, root, knownSchema: embeddedSchema, ...over });
const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** Erases people of a directory's list from a moment after everything in `openSmallData`. */
async function suppress(root: string, shoppers: readonly string[]): Promise<string> {
  const dir = openDataDir(root);
  const list = await openSuppressions(dir, {});
  await list.add(shoppers.map((shopper) => ({ digest: list.digestOf('default', shopper), erasedAtMs: Date.now() })));
  await list.close();
  return dir.suppressions;
}

describe('tillcast backup and restore', () => {
  it.each(['out', 'out.tar'])('bring back everything, as %s, and leave the source as it is', async (name) => {
    const root = await openSmallData();
    const [out, restored] = [scratchPath(name), scratchPath('restored')];
    const manifest = await backUp(root, out);
    expect(manifest.left_out.map(({ path }) => path)).toEqual(['batch-jobs', 'rejected.jsonl']);
    await restore(out, restored);
    expect(await contentsOf(restored)).toEqual(everything);
    expect(await contentsOf(root)).toEqual(everything);
    const { registry } = registryOf(restored);
    expect((await registry.open('session', 'champion')).manifest.model).toBe('session');
    expect((await registry.history('session', 'champion')).map(({ why }) => why)).toEqual(['first']);
    expect(readFileSync(join(restored, 'keys', 'jwt-secret'), 'utf8')).toBe('not a secret\n');
    expect(existsSync(join(restored, 'batch-jobs'))).toBe(false);
    expect(readdirSync(dirname(out)).filter((file) => file.includes('.part'))).toEqual([]);
  });

  it('leave private keys out where they are not wanted; bundles are believed all the same', async () => {
    const [out, restored] = [scratchPath('open'), scratchPath('restored')];
    await backUp(await openSmallData(), out, { secrets: false });
    expect(filesUnder(join(out, 'data', 'keys'))).toEqual(['bundle-signing.pub']);
    await restore(out, restored);
    expect((await registryOf(restored).registry.open('session', 'champion')).manifest.model).toBe('session');
  });

  it('take the settings along', async () => {
    const [settings, out, restored] = [scratchPath('some.yaml'), scratchPath('out'), scratchPath('restored')];
    writeFileSync(settings, 'port: 1234\n');
    await backUp(await openSmallData(), out, { settings });
    await restore(out, restored);
    expect(readFileSync(join(restored, 'tillcast.yaml'), 'utf8')).toBe('port: 1234\n');
  });

  it('make files that sha256sum and tar understand', async () => {
    const [folder, tar, unpacked] = [scratchPath('out'), scratchPath('out.tar'), scratchPath('unpacked')];
    const root = await openSmallData();
    await backUp(root, folder);
    await backUp(root, tar);
    expect(spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder }).status).toBe(0);
    mkdirSync(unpacked);
    expect(spawnSync('tar', ['xf', tar, '-C', unpacked]).status).toBe(0);
    expect(filesUnder(unpacked)).toEqual(filesUnder(folder));
    // What was packed again by others is taken too.
    expect(spawnSync('tar', ['cf', `${tar}.again.tar`, '--format=ustar', '-C', unpacked, '.']).status).toBe(0);
    await restore(`${tar}.again.tar`, scratchPath('restored'));
  });

  it('refuse a backup of which any file was changed, and name it; nothing is written', async () => {
    const out = scratchPath('out');
    await backUp(await openSmallData(), out);
    for (const file of filesUnder(out)) {
      const damaged = scratchPath('damaged');
      cpSync(out, damaged, { recursive: true });
      const bytes = readFileSync(join(damaged, file));
      const at = Math.floor(bytes.length / 2);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      writeFileSync(join(damaged, file), bytes);
      const root = scratchPath('root');
      await expect(restore(damaged, root), file).rejects.toMatchObject({
        code: 'INPUT_INVALID',
        message: file === 'SHA256SUMS' ? expect.stringContaining('is damaged') : expect.stringContaining(file),
      });
      expect(existsSync(root)).toBe(false);
    }
  });

  it('refuse a tar file of which any byte was changed, or the end is missing', async () => {
    const [out, random] = [scratchPath('out.tar'), openRandom('a damaged tar')];
    await backUp(await openSmallData(), out);
    const sound = readFileSync(out);
    const refusals = /is damaged|cut off|which no backup has|not a plain file|twice/;
    for (let n = 0; n < 120; n++) {
      const bytes = Buffer.from(sound);
      const at = Math.floor(random.uniform() * bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(random.uniform() * 8)), at);
      writeFileSync(`${out}.bad`, bytes);
      const verdict = await restore(`${out}.bad`, scratchPath('root'), { dryRun: true }).then(
        () => 'taken',
        ({ message }: Error) => message,
      );
      // Bytes that fill up blocks, and those after the end, say nothing.
      if (verdict === 'taken') expect(sound.readUInt8(at)).toBe(0);
      else expect(verdict).toMatch(refusals);
    }
    writeFileSync(`${out}.short`, sound.subarray(0, sound.length - 1_500));
    await expect(restore(`${out}.short`, scratchPath('root'))).rejects.toThrow(/cut off/);
  });

  it('refuse files beside the listed, files that are missing, and what leads out of the folder', async () => {
    const out = scratchPath('out');
    await backUp(await openSmallData(), out);
    writeFileSync(join(out, 'data', 'stranger'), '');
    await expect(restore(out, scratchPath('root'))).rejects.toThrow(/data\/stranger is not in SHA256SUMS/);
    const tar = scratchPath('evil.tar');
    for (const [path, why] of [
      ['../escaped', /which no backup has/],
      ['data/../../escaped', /which no backup has/],
    ] as const) {
      mkdirSync(scratchPath('x'), { recursive: true });
      spawnSync('tar', ['cf', tar, '-P', `--transform=s|.*|${path}|`, join(out, 'manifest.json')]);
      await expect(restore(tar, scratchPath('root'))).rejects.toThrow(why);
    }
    spawnSync('ln', ['-s', '/etc/passwd', join(out, 'data', 'link')]);
    await expect(restore(out, scratchPath('root'))).rejects.toThrow(/data\/link, which is not a plain file/);
    spawnSync('tar', ['cf', tar, '-C', out, 'data/link']);
    await expect(restore(tar, scratchPath('root'))).rejects.toThrow(/not a plain file/);
  });

  it('refuse what a newer Tillcast made, found and known versions named', async () => {
    const root = await openSmallData();
    const newer = (over: object): string => {
      const out = scratchPath('newer');
      cpSync(sound, out, { recursive: true });
      const manifest = { ...JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')), ...over };
      writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest));
      const { stdout } = spawnSync('sha256sum', ['manifest.json'], { cwd: out, encoding: 'utf8' });
      const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8').replace(/^[0-9a-f]+ {2}manifest\.json\n/m, stdout);
      writeFileSync(join(out, 'SHA256SUMS'), sums);
      return out;
    };
    const sound = scratchPath('out');
    const { files } = await backUp(root, sound);
    const ahead = files.map((file) => (file.path === 'data/tillcast.db' ? { ...file, schema: 99 } : file));
    const refusals: [object, RegExp][] = [
      [{ format: 2 }, /newer Tillcast.*form 2, this one knows 1/],
      [{ layout: 7 }, /newer Tillcast \(layout 7, this one knows 1\)/],
      [{ files: ahead }, /data\/tillcast\.db .*newer Tillcast \(schema 99, this one knows \d+\)/],
      [{ format: 'x' }, /form "x"/],
      [{ files: 3 }, /no list of files/],
    ];
    for (const [over, why] of refusals) await expect(restore(newer(over), scratchPath('root'))).rejects.toThrow(why);
    await restore(newer({}), scratchPath('root'));
  });

  it('refuse a directory in use, and clean up after a failure; what a killed restore leaves is not opened', async () => {
    const root = await openSmallData();
    const out = scratchPath('out');
    await backUp(root, out);
    await expect(restore(out, root)).rejects.toThrow(/is not empty.*nothing is overwritten/);
    const fails = { finish: () => Promise.reject(new Error('no space left')) };
    const target = scratchPath('target');
    await expect(restore(out, target, fails)).rejects.toThrow(/no space left; nothing was restored/);
    expect(existsSync(target)).toBe(false);
    mkdirSync(target);
    await expect(restore(out, target, fails)).rejects.toThrow();
    expect(readdirSync(target)).toEqual([]);
    let seen: string | undefined;
    await restore(out, target, {
      finish: async (staged) => {
        seen = scratchPath('killed');
        cpSync(dirname(staged), seen, { recursive: true });
      },
    });
    expect(() => openDataDir(seen!)).toThrow(/a restore that did not finish/);
    await expect(restore(out, seen!)).rejects.toThrow(/an earlier restore did not finish/);
    expect(await contentsOf(target)).toEqual(everything);
  });

  it('refuse a place that is taken, is not there, or lies in the data directory; and leave nothing where copying fails', async () => {
    const root = await openSmallData();
    for (const [out, why] of [
      [root, /it is there already/],
      [join(scratchPath('nowhere'), 'out'), /does not exist; make it first/],
      [join(root, 'out'), /lies in the data directory/],
    ] as const)
      await expect(backUp(root, out)).rejects.toThrow(why);
    for (const name of ['out', 'out.tar']) {
      const out = scratchPath(name);
      const copyDatabase = (): number => {
        throw new Error('input/output error');
      };
      await expect(backUp(root, out, { copyDatabase })).rejects.toThrow(
        /could not be made: input\/output error; nothing of it is left/,
      );
      expect(readdirSync(dirname(out)).filter((file) => file.startsWith(out.slice(dirname(out).length + 1)))).toEqual([]);
    }
    writeFileSync(join(root, 'predictions.db'), 'this is no database, and long enough to be seen as one that is not');
    await expect(backUp(root, scratchPath('out'))).rejects.toThrow(/predictions\.db cannot be copied/);
  });

  it('bring nobody back who was erased, before or since', async () => {
    const root = await openSmallData();
    const out = scratchPath('out');
    await backUp(root, out);
    const newer = await suppress(root, ['u:ana']);
    const restored = scratchPath('restored');
    await restore(out, restored, {
      finish: async (staged) => {
        const erased = { shoppers: 1, events: 1, predictions: 1, dead_letters: 1, exposures: 0 };
        expect(await eraseAgain(staged, newer, {})).toEqual(erased);
        expect(await eraseAgain(staged, undefined, {})).toEqual({
          shoppers: 0,
          events: 0,
          predictions: 0,
          dead_letters: 0,
          exposures: 0,
        });
      },
    });
    expect(await contentsOf(restored)).toEqual({ events: ['b1'], predictions: ['pb'], letters: ['lb'], facts: 1 });
    for (const file of filesUnder(restored).filter((name) => !name.startsWith('models')))
      expect(readFileSync(join(restored, file)).includes('"ana"'), file).toBe(false);
  });

  it('refuse the list of another directory, and a list that is not there', async () => {
    const out = scratchPath('out');
    await backUp(await openSmallData(), out);
    const other = await suppress(await openSmallData(), ['u:ana']);
    await expect(restore(out, scratchPath('r'), { finish: async (s) => void (await eraseAgain(s, other, {})) })).rejects.toThrow(
      /is of another data directory/,
    );
    await expect(
      restore(out, scratchPath('r'), { finish: async (s) => void (await eraseAgain(s, join(s, 'nothing'), {})) }),
    ).rejects.toThrow(/there is no file/);
  });

  it('are commands', async () => {
    const root = await openSmallData();
    const [out, restored] = [scratchPath('out.tar'), scratchPath('restored')];
    const tillcast = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
    const made = tillcast('backup', out, '--data', root, '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ out, layout: 1, secrets: true, database: null });
    expect(made.stderr).toContain('it holds private keys');
    const back = tillcast('restore', out, '--data', restored, '--suppressions', await suppress(root, ['u:bea']), '--json');
    expect(JSON.parse(back.stdout)).toMatchObject({ from: out, erased: { shoppers: 1, events: 1 } });
    expect((await contentsOf(restored)).events).toEqual(['a1']);
    const again = tillcast('restore', out, '--data', restored);
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('is not empty')]);
  });
});
