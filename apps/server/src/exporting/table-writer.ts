import { rmSync } from 'node:fs';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';
import { linesToParquet } from './lines-to-parquet.ts';

/** Rows on their way into a file that appears whole when it is finished, and not at all when it is abandoned. */
export interface TableWriter {
  /** One row by column; what is left out is null. */
  write(row: Readonly<Record<string, unknown>>): void;
  finish(): Promise<void>;
  abandon(): void;
}

/** Writes Parquet by columns and DuckDB types: rows are spooled as JSON lines beside the target, then turned into columns, so that memory stays bounded. */
export function openTableWriter(file: string, columns: Readonly<Record<string, string>>): TableWriter {
  const spool = `${file}.spool`;
  const rows = openJsonlWriter(spool);
  return {
    write: rows.write,
    async finish() {
      rows.finish();
      const temporary = temporaryFor(file);
      try {
        await linesToParquet(spool, temporary, columns);
        renameDurably(temporary, file);
      } finally {
        rmSync(spool, { force: true });
        rmSync(temporary, { force: true });
      }
    },
    abandon: rows.abandon,
  };
}
