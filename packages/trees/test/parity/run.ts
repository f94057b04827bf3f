// `npm run parity -- --fresh 20 [--seed N] [--case K] [--keep]`: trains fresh models with a fresh seed and holds every backend to their libraries.
// Exit: 0 all agree, 1 one does not (the models are kept), 2 usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendsFor } from './backends.ts';
import { type ParityCase, readCase } from './case-folder.ts';
import { compare, faultsOf, tellFigures } from './compare.ts';
import { openTally } from './tally.ts';
import { findPython, runFixtureScript } from './trainer.ts';
import { parseWish, type Wish } from './wish.ts';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Compares a case by every backend and says so; whether all agree with the library. */
function judge(parity: ParityCase, tally: ReturnType<typeof openTally>): boolean {
  const verdicts = backendsFor(parity.forest).map((backend) => {
    const figures = compare(backend, parity);
    tally.add(parity, backend, figures);
    const faults = faultsOf(backend, figures, parity);
    const verdict = faults.length === 0 ? 'ok' : `FAILED: ${faults.join('; ')}`;
    say(`${parity.name} (${parity.library}, ${backend.name}): ${tellFigures(figures)}: ${verdict}`);
    return faults.length === 0;
  });
  return !verdicts.includes(false);
}

async function main({ count, seed, only, keep }: Wish, python: string): Promise<boolean> {
  say(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-parity-'));
  const tally = openTally();
  const done = { models: 0, failures: 0 };
  const repeat = (index: number) => say(`  repeat: npm run parity -- --fresh ${count} --seed ${seed} --case ${index} --keep`);
  const args = [folder, seed, count, ...(only === undefined ? [] : [only])].map(String);
  const { code, stderr } = await runFixtureScript(python, 'fresh.py', args, (name) => {
    done.models++;
    try {
      if (judge(readCase(join(folder, name)), tally)) return;
    } catch (error) {
      say(`${name}: FAILED: ${error}`);
    }
    done.failures++;
    repeat(Number.parseInt(name, 10));
  });
  const wanted = only === undefined ? count : 1;
  if (code !== 0 || done.models !== wanted) {
    done.failures++;
    say(`${stderr}\nfresh.py ended with ${code} after ${done.models} of ${wanted} models`);
    repeat(only ?? done.models);
  }
  say(`${tally.tell()}${done.models} fresh models, ${done.failures} failures`);
  if (keep || done.failures > 0) say(`models and answers: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  return done.failures === 0;
}

const wish = parseWish(process.argv.slice(2));
const found = findPython();
if ('usage' in wish) {
  process.stderr.write(`${wish.usage}\n`);
  process.exitCode = 2;
} else if ('missing' in found) {
  process.stderr.write(`parity: ${found.missing}\n`);
  process.exitCode = 1;
} else process.exitCode = (await main(wish, found.python)) ? 0 : 1;
