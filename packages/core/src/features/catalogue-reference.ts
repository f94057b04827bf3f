import { formatDuration } from '../learning/duration.ts';
import type { Feature } from './feature.ts';

const families: Readonly<Record<Feature['family'], string>> = {
  session: 'What the shopper is doing now',
  shopper: 'What is known of the shopper',
  demand: 'What all shoppers do',
  offer: 'The price',
  calendar: 'The time',
};

/** The catalogue as a page for readers, family by family, columns numbered as in a row. */
export function catalogueReference(catalog: readonly Feature[]): string {
  const sections = Object.entries(families).map(([family, title]) => {
    const rows = catalog.flatMap((feature, column) => (feature.family === family ? [describe(feature, column)] : []));
    return `## ${title}\n\n| column | name | unit | window | what it says |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Features\n\n${introduction(catalog.length)}\n\n${sections.join('\n')}`;
}

const introduction = (count: number): string =>
  [
    'Generated from the catalogue by `tillcast features --markdown`; a test keeps it true.',
    '',
    `A row holds these ${count} numbers, float32, in this order, as they were knowable at the moment of the question. NaN means "not known".`,
    'Windows are counted in whole buckets of time: a window ends with the bucket of the moment, so it may be shorter by up to one bucket',
    '(5 minutes of 1 hour, 2 hours of 24, 12 hours of 7 days). To add a feature: one file under `packages/core/src/features/catalogue/`,',
    'one line in `packages/core/src/features/catalog.ts`.',
  ].join('\n');

const describe = ({ name, unit, windowMs, description }: Feature, column: number): string =>
  `| ${column} | \`${name}\` | ${unit} | ${windowMs === undefined ? '' : formatDuration(windowMs)} | ${description} |`;
