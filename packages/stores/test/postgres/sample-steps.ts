import type { Migration } from '@tillcast/stores/postgres/migrations/migration';
import { migrations } from '@tillcast/stores/postgres/migrations/migrations';

const first = migrations.length + 1;

/** The real steps, and after them one of each kind that they do not have yet: outside a transaction, and contracting. */
export const sampleSteps: readonly Migration[] = [
  ...migrations,
  {
    id: first,
    name: 'notes',
    phase: 'expand',
    transactional: true,
    statements: (schema) => [
      `create table ${schema}.note (id integer primary key, old_text text not null, new_text text)`,
      `insert into ${schema}.note (id, old_text) select n, 'note ' || n from generate_series(1, 200) n`,
    ],
  },
  {
    id: first + 1,
    name: 'index of notes',
    phase: 'expand',
    transactional: false,
    statements: (schema) => [
      // A build that was killed leaves an invalid index, which `if not exists` would take for a good one.
      `drop index concurrently if exists ${schema}.note_by_text`,
      `create unique index concurrently note_by_text on ${schema}.note (old_text)`,
      `update ${schema}.note set new_text = old_text where new_text is null`,
    ],
  },
  {
    id: first + 2,
    name: 'one text a note',
    phase: 'contract',
    transactional: true,
    statements: (schema) => [
      `alter table ${schema}.note alter new_text set not null`,
      `alter table ${schema}.note drop column old_text`,
    ],
  },
];
