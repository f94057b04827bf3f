import { deadLetterMigrations } from './dead-letters.ts';
import { eventMigrations } from './event-schema.ts';
import { experimentMigrations } from './experiment-store.ts';
import { exposureMigrations } from './exposure-log.ts';
import { catalogueMigrations } from './item-catalogue.ts';
import { predictionMigrations } from './prediction-schema.ts';
import { suppressionMigrations } from './suppressions.ts';

/** The schema of every embedded store, one step a version, by the name of its file in a data directory. */
export const embeddedSchemas: Readonly<Record<string, readonly string[]>> = {
  'tillcast.db': eventMigrations,
  'predictions.db': predictionMigrations,
  'dead-letters.db': deadLetterMigrations,
  'catalogue.db': catalogueMigrations,
  'suppressions.db': suppressionMigrations,
  'experiments.db': experimentMigrations,
  'exposures.db': exposureMigrations,
};
