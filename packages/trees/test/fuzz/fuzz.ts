// Judges mutants of every fixture, or one alone:
//   node packages/trees/test/fuzz/fuzz.ts --count 1000000 [--seed 4] [--from 0] [--workers 2]
//   node packages/trees/test/fuzz/fuzz.ts --seed 4 --only 1234 [--fixture xgboost-default] [--write mutant.bin]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readForest } from '../../src/read-forest.ts';
import { openCorpus } from './corpus.ts';
import { judge } from './judge.ts';
import { makeMutant } from './mutant.ts';
import { runCampaign, stretchesOf } from './pool.ts';
import { report } from './report.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { seed: text, count: text, from: text, workers: text, only: text, fixture: text, write: text },
});
const seed = Number(values.seed ?? 4);

if (values.only !== undefined) {
  const mutant = makeMutant(openCorpus(), { seed, number: Number(values.only), fixture: values.fixture });
  if (values.write !== undefined) writeFileSync(values.write, mutant.bytes);
  console.log(mutant.id, mutant.damages, judge(mutant, readForest));
} else {
  const start = performance.now();
  const stretches = stretchesOf(seed, Number(values.count ?? 10_000), Number(values.from ?? 0));
  const bounds = { workers: Number(values.workers ?? 2), hangMs: 20_000, heapMb: 512, residentMb: 1_500, stopAfter: 50 };
  const tally = await runCampaign(stretches, 'readForest', bounds);
  console.log(report(tally, (performance.now() - start) / 1_000));
  process.exitCode = tally.findings.length > 0 ? 1 : 0;
}
