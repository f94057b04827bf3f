/** Where in a model file a problem sits; what is unknown is left out. */
export interface ModelFilePlace {
  readonly file?: string | undefined;
  readonly format?: string | undefined;
  readonly tree?: number | undefined;
  readonly node?: number | undefined;
  /** Counted from 0 in the file as it lies on disk. */
  readonly byte?: number | undefined;
}

/** A model file that cannot be believed or is not supported; the message names the place, the problem and the remedy. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
  readonly problem: string;
  readonly file: string | undefined;
  readonly format: string | undefined;
  readonly tree: number | undefined;
  readonly node: number | undefined;
  readonly byte: number | undefined;

  constructor(problem: string, place: ModelFilePlace = {}, options?: ErrorOptions) {
    super(`${describe(place)}: ${problem}`, options);
    this.problem = problem;
    this.file = place.file;
    this.format = place.format;
    this.tree = place.tree;
    this.node = place.node;
    this.byte = place.byte;
  }

  /** The same error with what the caller knows added; what this one names already stands. */
  at(place: ModelFilePlace): ModelFileError {
    const { file = place.file, format = place.format, tree = place.tree, node = place.node, byte = place.byte } = this;
    return new ModelFileError(this.problem, { file, format, tree, node, byte }, { cause: this.cause });
  }
}

/** Does a piece of reading; a ModelFileError that it throws leaves with the place added. */
export function within<T>(place: ModelFilePlace, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ModelFileError ? error.at(place) : error;
  }
}

function describe({ file, format, tree, node, byte }: ModelFilePlace): string {
  const parts = [file ?? 'model file'];
  if (format !== undefined) parts.push(`(${format})`);
  if (tree !== undefined) parts.push(`tree ${tree}`);
  if (node !== undefined) parts.push(`node ${node}`);
  if (byte !== undefined) parts.push(`byte ${byte}`);
  return parts.join(' ');
}
