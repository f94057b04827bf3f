import type { Migration } from './migration.ts';

/** Experiments with every change there was, and who was exposed to them first. */
export const experimentMigration: Migration = {
  id: 3,
  name: 'experiments',
  phase: 'expand',
  transactional: true,
  statements: (schema) => [
    `create table ${schema}.experiment_revision (
       tenant text collate "C" not null,
       serial bigint not null,
       id text collate "C" not null,
       body json not null,
       primary key (tenant, serial)
     )`,
    `create index experiment_revision_by_id on ${schema}.experiment_revision (tenant, id, serial)`,
    `create table ${schema}.exposure (
       tenant text collate "C" not null,
       experiment_id text collate "C" not null,
       key text collate "C" not null,
       unit text collate "C" not null,
       variant text,
       exposed_at_ms bigint not null,
       prediction_id text,
       score float8,
       base_score float8,
       differs smallint,
       primary key (experiment_id, key, tenant)
     )`,
    `create index exposure_by_time on ${schema}.exposure (tenant, experiment_id, exposed_at_ms, key)`,
    `create index exposure_by_key on ${schema}.exposure (tenant, key)`,
    `create index exposure_by_unit on ${schema}.exposure (tenant, unit) where unit <> key`,
  ],
};
