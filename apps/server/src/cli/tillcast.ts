import { Command, CommanderError } from 'commander';
import { registrations } from './commands.ts';
import { exitCodeOf, explain } from './exit.ts';

const program = new Command('tillcast')
  .description('How likely each shopper is to buy, why, and what to do about it.')
  .exitOverride();
for (const register of registrations) register(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
