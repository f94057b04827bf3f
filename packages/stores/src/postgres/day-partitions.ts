import type { Connections, Session } from './connections.ts';
import { quoted } from './identifier.ts';
import type { Postgres } from './postgres.ts';

const dayMs = 86_400_000;

/** The UTC day of a moment, counted from 1970-01-01. */
export const dayOf = (epochMs: number): number => Math.floor(epochMs / dayMs);

/**
 * The partitions of a table that is cut by UTC days. There is no default partition on purpose: rows that fell into one would bar the way of the day's
 * own partition, in silence. A day is made before its first row instead: ahead by upkeep, or when a row needs it.
 */
export interface DayPartitions {
  /** Sees that partitions for these days are there. Cheap for days seen before. */
  ensure(days: Iterable<number>): Promise<void>;
  /** Forgets which days were seen: after the server said that one is not there. */
  forget(): void;
  /** Drops the partitions of days before `day`, the oldest first; answers the days dropped. */
  dropBefore(day: number): Promise<readonly number[]>;
  list(): Promise<readonly number[]>;
}

/** The partitions of a table that is cut by a column of epoch milliseconds. */
export function openDayPartitions({ schema, prompt, upkeep }: Postgres, table: string): DayPartitions {
  let seen: Set<number> | undefined;
  const parent = `${quoted(schema)}.${quoted(table)}`;
  const nameOf = (day: number): string => `${table}_${new Date(day * dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;

  async function create(session: Session, day: number): Promise<void> {
    const name = `${quoted(schema)}.${quoted(nameOf(day))}`;
    const present = await attached(session, schema, nameOf(day));
    if (!present) {
      // `create table … partition of` would lock out every writer; attaching an empty table does not.
      await session.query({ sql: `create table if not exists ${name} (like ${parent})` });
      const bounds = `from (${day * dayMs}) to (${(day + 1) * dayMs})`;
      await session.query({ sql: `alter table ${parent} attach partition ${name} for values ${bounds}` });
    }
  }

  return {
    async ensure(days) {
      seen ??= new Set(await listDays(prompt, schema, table));
      for (const day of new Set(days)) {
        if (seen?.has(day)) continue;
        await alone(upkeep, parent, (session) => create(session, day));
        seen?.add(day);
      }
    },
    forget() {
      seen = undefined;
    },
    async dropBefore(day) {
      const old = (await listDays(upkeep, schema, table)).filter((one) => one < day);
      for (const one of old) {
        seen?.delete(one);
        await alone(upkeep, parent, async (session) => {
          const name = `${quoted(schema)}.${quoted(nameOf(one))}`;
          if (await attached(session, schema, nameOf(one))) await session.query({ sql: `drop table ${name}` });
        });
      }
      return old;
    },
    list: () => listDays(upkeep, schema, table),
  };
}

/** Runs in a transaction while no other process changes the same partitions. */
function alone(connections: Connections, parent: string, work: (session: Session) => Promise<void>): Promise<void> {
  return connections.use(async (session) => {
    await session.query({ sql: 'begin' });
    await session.query({
      sql: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
      parameters: [`tillcast days ${parent}`],
    });
    await work(session);
    await session.query({ sql: 'commit' });
  });
}

async function attached(session: Session, schema: string, partition: string): Promise<boolean> {
  const { count } = await session.query({
    sql: `select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2 and c.relispartition`,
    parameters: [schema, partition],
  });
  return count > 0;
}

async function listDays(connections: Connections, schema: string, table: string): Promise<readonly number[]> {
  const { rows } = await connections.run<{ name: string }>({
    sql: `select p.relname as name from pg_inherits i join pg_class p on p.oid = i.inhrelid join pg_class t on t.oid = i.inhparent
      join pg_namespace n on n.oid = t.relnamespace where n.nspname = $1 and t.relname = $2 order by p.relname`,
    parameters: [schema, table],
  });
  return rows.map(({ name }) => dayOf(Date.parse(name.slice(-8).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3'))));
}
