import { scoreBatchFile } from '../../src/jobs/batch-file.ts';
import { formatOf } from '../../src/jobs/batch-output.ts';
import { toyScorer } from './batch-toys.ts';

const [input, out] = process.argv.slice(2) as [string, string];
const done = await scoreBatchFile({
  ...{ input, out, format: formatOf(out), target: 'item', scorer: toyScorer, idColumn: 'id', rowsPerBlock: 32 },
  onProgress: ({ rows }) => process.stdout.write(`${rows}\n`),
});
process.stdout.write(`resumed at ${done.resumedAt}\n`);
