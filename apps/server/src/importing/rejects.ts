import type { BadRow, GoodRow } from './files/row.ts';
import { openJsonlWriter } from './jsonl-writer.ts';
import type { Refused } from './sources/source.ts';
import type { ImportTally } from './tally.ts';

/** Counts rejected rows and, where a file is named, writes each with its reason; the file appears when the import ends. */
export function openRejects(tally: ImportTally, rejectedFile: string | undefined) {
  const writer = rejectedFile === undefined ? undefined : openJsonlWriter(rejectedFile);
  return {
    reject(
      file: string,
      row: GoodRow | BadRow,
      { reason, problem, problems }: Pick<Refused, 'reason' | 'problem'> & Partial<Refused>,
    ): void {
      const { index, line, raw } = row;
      const rejection = { file, index, ...(line !== undefined && { line }), reason, problem };
      tally.reject(rejection);
      writer?.write({
        ...rejection,
        ...(problems !== undefined && { problems }),
        raw: raw ?? ('fields' in row ? row.fields : null),
      });
    },
    finish: (): void => writer?.finish(),
  };
}

export type Rejects = ReturnType<typeof openRejects>;
