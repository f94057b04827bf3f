import { ModelFileError } from './errors.ts';
import type { Forest } from './forest.ts';
import { binaryFormats, formats } from './readers/formats.ts';

/** What a caller may know that the file does not say. */
export interface ReadForestOptions {
  /** XGBoost's base margin as its own platform computed it; `logf` differs by an ulp between platforms. */
  readonly baseMargin?: number | undefined;
  /** Named in errors. */
  readonly file?: string | undefined;
}

/** How much of a file a format may look at to recognise it. */
const HEAD_LENGTH = 4096;

/** Reads a model file of any known format, as text or as bytes; a file that cannot be believed is refused with a ModelFileError that says where and why. */
export function readForest(model: string | Uint8Array, { baseMargin, file }: ReadForestOptions = {}): Forest {
  const { name, parse } = findParser(model, file);
  if (baseMargin !== undefined && !Number.isFinite(baseMargin)) {
    throw new ModelFileError(`the given base margin is ${baseMargin}; give a finite number`, { file, format: name });
  }
  try {
    return parse(baseMargin);
  } catch (error) {
    if (error instanceof ModelFileError) throw error.at({ file, format: name });
    if (error instanceof SyntaxError) {
      throw new ModelFileError(
        `it is not whole: ${error.message}; save the model again`,
        { file, format: name },
        { cause: error },
      );
    }
    throw error;
  }
}

interface Parser {
  readonly name: string;
  parse(baseMargin: number | undefined): Forest;
}

function findParser(model: string | Uint8Array, file: string | undefined): Parser {
  const binary = typeof model === 'string' ? undefined : binaryFormats.find((candidate) => candidate.recognises(model));
  if (binary) return { name: binary.name, parse: (baseMargin) => binary.parse(model as Uint8Array, baseMargin) };
  const text = typeof model === 'string' ? model : new TextDecoder().decode(model);
  const head = text.slice(0, HEAD_LENGTH);
  const format = formats.find((candidate) => candidate.recognises(head));
  if (!format) throw new ModelFileError(unrecognised(head), { file });
  return { name: format.name, parse: (baseMargin) => format.parse(text, baseMargin) };
}

function unrecognised(head: string): string {
  const known = [...formats, ...binaryFormats].map((format) => format.name).join(', ');
  const binary = head.includes('\u0000') || head.includes('\ufffd');
  return `${binary ? 'it is binary, ' : ''}no known format recognises it; known are ${known}; save the model in one of these`;
}
