import { ModelFileError, within } from '../errors.ts';

/** Lines `key=value` of one section of a LightGBM file; a line without `=` has the value ''. */
export type Section = ReadonlyMap<string, string>;

/** Cuts a LightGBM text into its header, its trees and what follows them, and makes sure that the end is there. */
export function cutSections(text: string): { header: Section; trees: readonly Section[]; tail: string } {
  const end = /^end of trees\s*$/m.exec(text);
  if (!end) throw new ModelFileError('"end of trees" is missing, so the file is cut off; save the model again');
  const [head = '', ...bodies] = text.slice(0, end.index).split(/^(?=Tree=)/m);
  const trees = bodies.map((body, tree) => within({ tree }, () => readSection(body)));
  for (const [index, tree] of trees.entries()) {
    if (tree.get('Tree') !== String(index)) {
      throw new ModelFileError(`tree ${index} is numbered "${tree.get('Tree')?.slice(0, 40)}"; save the model again`, {
        tree: index,
      });
    }
  }
  return { header: readSection(head), trees, tail: text.slice(end.index) };
}

function readSection(text: string): Section {
  const section = new Map<string, string>();
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const equals = line.indexOf('=');
    if (line === '') continue;
    const key = equals < 0 ? line : line.slice(0, equals);
    if (section.has(key)) throw new ModelFileError(`"${key.slice(0, 60)}" stands twice; save the model again`);
    section.set(key, equals < 0 ? '' : line.slice(equals + 1));
  }
  return section;
}

/** A required entry as text. */
export function textOf(section: Section, key: string): string {
  const text = section.get(key);
  if (text === undefined) throw new ModelFileError(`"${key}" is missing; save the model again`);
  return text;
}

/** A required entry as a whole number ≥ 0. */
export function countOf(section: Section, key: string): number {
  const text = textOf(section, key);
  if (!/^\d{1,15}$/.test(text)) throw new ModelFileError(`"${key}" is "${text.slice(0, 40)}"; a whole number is expected`);
  return Number(text);
}

/** A required entry as exactly `length` numbers; the layout checks that they are finite. */
export function numbersOf(section: Section, key: string, length: number): readonly number[] {
  const words = textOf(section, key).split(' ').filter(Boolean);
  if (words.length !== length) {
    throw new ModelFileError(`"${key}" has ${words.length} entries, ${length} are expected; save the model again`);
  }
  const numbers = words.map((word) => (word === 'inf' ? Number.POSITIVE_INFINITY : Number(word)));
  const wrong = numbers.findIndex(Number.isNaN);
  if (wrong >= 0)
    throw new ModelFileError(`"${key}" holds "${words[wrong]!.slice(0, 40)}"; numbers are expected`, { node: wrong });
  return numbers;
}
