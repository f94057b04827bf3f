/**
 * The schema of the prediction log, one step a version; a step that was released never changes.
 * The two indexes of people hold only lines whose user or device is not the one who asked: the others are found by `shopper`.
 */
export const predictionMigrations: readonly string[] = [
  `create table prediction (
     line integer primary key,
     tenant text not null,
     prediction_id text not null,
     shopper text not null,
     user_id text,
     anonymous_id text,
     target text not null,
     asked_at_ms integer not null,
     as_of_ms integer not null,
     closes_at_ms integer not null,
     version integer not null default 0,
     net_final integer not null default 0,
     revision integer not null default 0,
     examined integer not null default 0,
     body blob not null
   ) strict;
   create unique index prediction_by_id on prediction (prediction_id, tenant);
   create index prediction_by_time on prediction (tenant, asked_at_ms);
   create index prediction_by_shopper on prediction (tenant, shopper, as_of_ms);
   create index prediction_by_user on prediction (tenant, user_id) where user_id is not null and shopper <> 'u:' || user_id;
   create index prediction_by_device on prediction (tenant, anonymous_id) where anonymous_id is not null and shopper <> 'a:' || anonymous_id;
   create index prediction_by_age on prediction (asked_at_ms);
   create index prediction_by_as_of on prediction (as_of_ms);
   create index prediction_closing on prediction (closes_at_ms) where version = 0;
   create index prediction_maturing on prediction (closes_at_ms) where version > 0 and net_final = 0;
   create index prediction_reopened on prediction (line) where examined < revision;
   create table label (
     line integer not null,
     version integer not null,
     label integer not null,
     label_net integer not null,
     net_final integer not null,
     decided_at_ms integer not null,
     because text not null,
     primary key (line, version)
   ) strict, without rowid;
   create table outcome (
     tenant text not null,
     event_id text not null,
     shopper text not null,
     event_time_ms integer not null,
     body text not null,
     primary key (event_id, tenant)
   ) strict, without rowid;
   create index outcome_by_shopper on outcome (tenant, shopper, event_time_ms);
   create index outcome_by_time on outcome (event_time_ms);
   create table feature_columns (hash text primary key, names text not null) strict, without rowid;`,
  `drop index prediction_reopened;
   create index prediction_reopened on prediction (line) where version > 0 and examined < revision;`,
];
