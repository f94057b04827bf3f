import { eventLogMigration } from './0001-event-log.ts';
import { predictionLogMigration } from './0002-prediction-log.ts';
import { experimentMigration } from './0003-experiments.ts';
import { lettersFactsSuppressionsMigration } from './0004-letters-facts-suppressions.ts';
import type { Migration } from './migration.ts';

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [
  eventLogMigration,
  predictionLogMigration,
  experimentMigration,
  lettersFactsSuppressionsMigration,
];
