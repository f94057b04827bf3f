import type { Migration } from './migration.ts';

/**
 * Events, by the UTC day on which they became knowable, and their identity, which no partition may bound.
 * `event_id` ends both orders but is left out of the indexes: it is long, and rows of one time and sequence are few enough to be sorted when read.
 */
export const eventLogMigration: Migration = {
  id: 1,
  name: 'event log',
  phase: 'expand',
  transactional: true,
  statements: (schema) => [
    `create table ${schema}.event (
       tenant text collate "C" not null,
       event_id text collate "C" not null,
       event_time_ms bigint not null,
       knowable_at_ms bigint not null,
       received_at_ms bigint not null,
       sequence bigint not null,
       backfilled smallint,
       mark text,
       body text not null
     ) partition by range (knowable_at_ms)`,
    `create index event_by_time on ${schema}.event (tenant, event_time_ms, sequence)`,
    `create index event_by_knowledge on ${schema}.event (tenant, knowable_at_ms, event_time_ms, sequence)`,
    `create table ${schema}.event_identity (
       tenant text collate "C" not null,
       event_id text collate "C" not null,
       day integer not null,
       attempt bigint not null,
       digest bytea not null
     )`,
    `create unique index event_identity_by_id on ${schema}.event_identity (event_id, tenant)`,
    `create index event_identity_by_day on ${schema}.event_identity using brin (day) with (autosummarize = on)`,
  ],
};
