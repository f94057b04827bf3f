import pg from 'pg';

/** Everything a schema consists of, as text without its name: two schemas are alike when this is. */
export async function catalogOf(url: string, schema: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(
      `select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || coalesce(o.collname, '') as line
         from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_collation o on o.oid = a.attcollation
         where c.relnamespace = to_regnamespace($1) and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
       union all
       select 'index ' || replace(pg_get_indexdef(i.indexrelid), $1 || '.', '') || ' valid ' || i.indisvalid
         from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = to_regnamespace($1)
       order by line`,
      [schema],
    );
    return rows.map(({ line }) => line);
  } finally {
    await client.end();
  }
}
