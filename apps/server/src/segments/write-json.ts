import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { openTextWriter } from '../importing/text-writer.ts';

/** Writes one JSON value so that it appears whole. */
export function writeJson(file: string, value: unknown): void {
  const writer = openTextWriter(file);
  writer.write(`${JSON.stringify(value)}\n`);
  writer.finish();
}

/** Writes JSON lines so that they appear whole. */
export function writeJsonLines(file: string, values: Iterable<unknown>): void {
  const writer = openJsonlWriter(file);
  try {
    for (const value of values) writer.write(value);
    writer.finish();
  } finally {
    writer.abandon();
  }
}
