import { isFields } from '@tillcast/core/events/read-field';
import { canonicalJson, withoutNulls } from './json.ts';
import type { ByteFile } from './open-bytes.ts';
import { type Line, readLines } from './read-lines.ts';
import type { Row, RowFile } from './row.ts';

/** Opens a file of JSON objects, one a line. */
export function openJsonl(file: string, bytes: ByteFile): RowFile {
  return {
    canonical: canonicalJson,
    share: bytes.share,
    async *rows() {
      for await (const lines of readLines(file, bytes.chunks())) yield lines.map(toRow);
    },
  };
}

function toRow(line: Line): Row {
  const place = { index: line.number - 1, line: line.number };
  if (!('text' in line)) return { ...place, reason: line.reason, problem: line.problem, raw: line.raw };
  const raw = line.text;
  if (raw.trim() === '') return { ...place, reason: 'empty_line', problem: 'the line is empty', raw };
  try {
    const value: unknown = JSON.parse(raw);
    if (isFields(value)) return { ...place, fields: withoutNulls(value), raw };
    return { ...place, reason: 'not_json', problem: 'the line must hold one JSON object', raw };
  } catch (error) {
    const problem = `the line is no JSON: ${(error as Error).message}`;
    if (line.unterminated !== true) return { ...place, reason: 'not_json', problem, raw };
    return { ...place, reason: 'cut_off', problem: `the file is cut off inside line ${line.number}: ${problem}`, raw };
  }
}
