import { readFileSync, writeFileSync } from 'node:fs';
import { BenchError } from './bench-error.ts';

const BEGIN = '<!-- bench:trees -->';
const END = '<!-- /bench:trees -->';

/** Replaces what stands between the marks of a document. */
export function writeBetweenMarks(file: string, text: string): void {
  const document = readFileSync(file, 'utf8');
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new BenchError(`${file} has no place for the figures; put ${BEGIN} and ${END} into it`);
  writeFileSync(file, `${document.slice(0, from + BEGIN.length)}\n\n${text}\n\n${document.slice(to)}`);
}
