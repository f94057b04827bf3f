import type { Migration } from './migration.ts';

/**
 * Predictions, their labels and the outcomes these follow from. One table each, not cut by days: a label may change long after its line was written, and
 * is found by the line's id. The two indexes of people hold only lines whose user or device is not the one who asked.
 */
export const predictionLogMigration: Migration = {
  id: 2,
  name: 'prediction log',
  phase: 'expand',
  transactional: true,
  statements: (schema) => [
    `create table ${schema}.prediction (
       line bigint generated always as identity primary key,
       tenant text collate "C" not null,
       prediction_id text collate "C" not null,
       shopper text collate "C" not null,
       user_id text collate "C",
       anonymous_id text collate "C",
       target text not null,
       asked_at_ms bigint not null,
       as_of_ms bigint not null,
       closes_at_ms bigint not null,
       version integer not null default 0,
       net_final boolean not null default false,
       revision integer not null default 0,
       examined integer not null default 0,
       body bytea not null
     )`,
    // A line is compact bytes already; looking for more to squeeze out of it would cost time only.
    `alter table ${schema}.prediction alter column body set storage external`,
    `create unique index prediction_by_id on ${schema}.prediction (prediction_id, tenant)`,
    `create index prediction_by_time on ${schema}.prediction (tenant, asked_at_ms, prediction_id)`,
    `create index prediction_by_shopper on ${schema}.prediction (tenant, shopper, as_of_ms)`,
    `create index prediction_by_user on ${schema}.prediction (tenant, user_id) where shopper <> 'u:' || user_id`,
    `create index prediction_by_device on ${schema}.prediction (tenant, anonymous_id) where shopper <> 'a:' || anonymous_id`,
    `create index prediction_by_age on ${schema}.prediction (asked_at_ms)`,
    `create index prediction_by_as_of on ${schema}.prediction (as_of_ms)`,
    `create index prediction_closing on ${schema}.prediction (closes_at_ms) where version = 0`,
    `create index prediction_maturing on ${schema}.prediction (closes_at_ms) where version > 0 and not net_final`,
    `create index prediction_reopened on ${schema}.prediction (line) where version > 0 and examined < revision`,
    `create table ${schema}.label (
       line bigint not null,
       version integer not null,
       label smallint not null,
       label_net smallint not null,
       net_final boolean not null,
       decided_at_ms bigint not null,
       because text not null,
       primary key (line, version)
     )`,
    `create table ${schema}.outcome (
       tenant text collate "C" not null,
       event_id text collate "C" not null,
       shopper text collate "C" not null,
       event_time_ms bigint not null,
       body text not null,
       primary key (event_id, tenant)
     )`,
    `create index outcome_by_shopper on ${schema}.outcome (tenant, shopper, event_time_ms)`,
    `create index outcome_by_time on ${schema}.outcome (event_time_ms)`,
    `create table ${schema}.feature_columns (hash text primary key, names text not null)`,
  ],
};
