import type { Migration } from './migration.ts';

/**
 * What could not be processed, what the shop says of its items, and whom was erased. A letter's text is bytes, because it may hold what no text of
 * PostgreSQL may (U+0000); `dead_letter_held` has one row, which counts along what is kept. A fact is told from others by a digest of what it says, because
 * that may be longer than an index entry.
 */
export const lettersFactsSuppressionsMigration: Migration = {
  id: 4,
  name: 'dead letters, catalogue, suppressions',
  phase: 'expand',
  transactional: true,
  statements: (schema) => [
    `create table ${schema}.dead_letter (
       arrival bigint generated always as identity primary key,
       tenant text collate "C" not null,
       letter_id text collate "C" not null,
       received_at_ms bigint not null,
       characters integer not null,
       letter bytea not null
     )`,
    `create unique index dead_letter_by_id on ${schema}.dead_letter (letter_id, tenant)`,
    `create index dead_letter_by_age on ${schema}.dead_letter (received_at_ms, arrival)`,
    `create table ${schema}.dead_letter_held (letters bigint not null, characters bigint not null)`,
    `insert into ${schema}.dead_letter_held values (0, 0)`,
    `create table ${schema}.fact (
       tenant text collate "C" not null,
       item_id text collate "C" not null,
       valid_from_ms bigint not null,
       received_at_ms bigint not null,
       says text collate "C" not null,
       digest bytea not null
     )`,
    `create unique index fact_by_item on ${schema}.fact (tenant, item_id, valid_from_ms, digest)`,
    `create index fact_by_knowledge on ${schema}.fact (tenant, received_at_ms, valid_from_ms)`,
    `create table ${schema}.digest_key (only_one boolean primary key default true check (only_one), key bytea not null)`,
    `create table ${schema}.suppression (digest text collate "C" primary key, erased_at_ms bigint not null)`,
  ],
};
