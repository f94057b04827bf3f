// Migrates, and is killed by itself after statement number `argv[4]`, as if the machine had gone. argv: url, schema, count.
import { migrate } from '@tillcast/stores/postgres/migrate';
import { sampleSteps } from './sample-steps.ts';

const [url, schema, count] = process.argv.slice(2);
let left = Number(count);
await migrate(url!, {
  schema: schema!,
  steps: sampleSteps,
  contract: true,
  onStatement: () => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
