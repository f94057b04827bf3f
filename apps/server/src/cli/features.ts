import { featureCatalog } from '@tillcast/core/features/catalog';
import { catalogueReference } from '@tillcast/core/features/catalogue-reference';
import type { Command } from 'commander';
import { catalogueHash } from '../jobs/catalogue-hash.ts';
import { printJson } from './output.ts';

/** `tillcast features`: what a row consists of. */
export function registerFeatures(program: Command): void {
  program
    .command('features')
    .description('List the features a row consists of.')
    .option('--json', 'as one line of JSON')
    .option('--markdown', 'as the reference page (docs/reference/features.md)')
    .action(({ json, markdown }: { json?: boolean; markdown?: boolean }) => {
      if (json === true)
        printJson({ catalogue_hash: catalogueHash(), features: featureCatalog.map(({ reads, finish, ...said }) => said) });
      else if (markdown === true) process.stdout.write(catalogueReference(featureCatalog));
      else for (const { name, description } of featureCatalog) process.stdout.write(`${name.padEnd(32)} ${description}\n`);
    });
}
