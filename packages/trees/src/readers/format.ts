import type { Forest } from '../forest.ts';

/** One file format of a library's models. A format is one file of this folder and one line in formats.ts. */
export interface ModelFormat {
  readonly name: string;
  /** Whether the beginning of a file looks like this format. */
  recognises(head: string): boolean;
  /** Reads the whole file or throws a ModelFileError; `baseMargin` overrides the one the file implies. */
  parse(text: string, baseMargin?: number): Forest;
}

/** The same for files of bytes. */
export interface BinaryFormat {
  readonly name: string;
  recognises(bytes: Uint8Array): boolean;
  parse(bytes: Uint8Array, baseMargin?: number): Forest;
}
