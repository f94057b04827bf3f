import { JsonRefused } from '../http/json-guard.ts';
import { parseText } from '../http/parse-json.ts';
import { HttpRefusal, problemOf } from '../http/problem.ts';
import { cutLines, type Line } from '../importing/files/read-lines.ts';
import type { Received } from './intake.ts';

/** Lines that are stored together: few enough that others get their turn, many enough that a commit is cheap. */
const batchLines = 500;
/** Characters that make a batch full before that. */
const batchCharacters = 1 << 20;
/** Lines of one stream, empty ones included: as many events of a hundred bytes as the bytes allow. */
export const maxStreamLines = 640_000;

/** A line as something received, and as it stood. */
export type ReceivedLine = Received & { readonly line: number; readonly raw: string };

/** Never throws: a bad line spoils only itself. */
function receive(line: Line): ReceivedLine {
  const raw = 'text' in line ? line.text : line.raw;
  const place = { index: line.number - 1, line: line.number, raw };
  if (!('text' in line)) return { ...place, problem: problemOf(new JsonRefused('', line.problem)) };
  try {
    return { ...place, value: parseText(raw) };
  } catch (error) {
    return { ...place, problem: problemOf(error) };
  }
}

/** A stream of JSON lines in batches, read no faster than they are taken, in memory that does not grow with the stream. Empty lines are left out. */
export async function* lineBatches(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly ReceivedLine[]> {
  let batch: ReceivedLine[] = [];
  let characters = 0;
  for await (const lines of cutLines(chunks)) {
    for (const line of lines) {
      if (line.number > maxStreamLines)
        throw new HttpRefusal('PAYLOAD_TOO_LARGE', `a stream holds at most ${maxStreamLines} lines: send the rest in another`);
      if ('text' in line && line.text.trim() === '') continue;
      const received = receive(line);
      batch.push(received);
      characters += received.raw.length;
      if (batch.length < batchLines && characters < batchCharacters) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
