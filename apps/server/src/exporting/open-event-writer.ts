import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { toRecord } from '@tillcast/core/events/record';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { openCsvWriter } from './csv-writer.ts';
import type { EventWriter } from './event-writer.ts';
import { openParquetWriter } from './parquet-writer.ts';

const writers: Readonly<Record<string, (file: string) => EventWriter>> = {
  '.jsonl': (file) => {
    const writer = openJsonlWriter(file);
    return { ...writer, write: (event) => writer.write(toRecord(event)) };
  },
  '.csv': openCsvWriter,
  '.parquet': openParquetWriter,
};

/** Opens a writer by the ending of the file's name. */
export function openEventWriter(file: string): EventWriter {
  const ending = Object.keys(writers).find((name) => file.endsWith(name));
  if (ending === undefined)
    throw new TillcastError('OPTION_INVALID', `--out must end in ${Object.keys(writers).join(', ')}, not "${file}"`);
  return writers[ending]!(file);
}
