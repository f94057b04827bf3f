/**
 * The schema of the event log, one step a version; a step that was released never changes.
 * The two orders end in `event_id`, which the indexes leave out: it is long, and rows of one time and sequence are few enough to be sorted when read.
 */
export const eventMigrations: readonly string[] = [
  `create table event (
     arrival integer primary key,
     tenant text not null,
     event_id text not null,
     event_time_ms integer not null,
     knowable_at_ms integer not null,
     received_at_ms integer not null,
     sequence integer not null,
     backfilled integer,
     body text not null
   ) strict;
   create unique index event_by_id on event (event_id, tenant);
   create index event_by_time on event (tenant, event_time_ms, sequence);
   create index event_by_knowledge on event (tenant, knowable_at_ms, event_time_ms, sequence);`,
  `alter table event add column mark text;`,
];
