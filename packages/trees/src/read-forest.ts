import { ModelFileError } from './errors.ts';
import type { Forest } from './forest.ts';
import { formats } from './readers/formats.ts';

/** What a caller may know that the file does not say. */
export interface ReadForestOptions {
  /** XGBoost's base margin as its own platform computed it; `logf` differs by an ulp between platforms. */
  readonly baseMargin?: number | undefined;
  /** Named in errors. */
  readonly file?: string | undefined;
}

/** How much of a file a format may look at to recognise it. */
const HEAD_LENGTH = 4096;

/** Reads a model file of any known format; a file that cannot be believed is refused with a ModelFileError that says where and why. */
export function readForest(text: string, { baseMargin, file }: ReadForestOptions = {}): Forest {
  const head = text.slice(0, HEAD_LENGTH);
  const format = formats.find((candidate) => candidate.recognises(head));
  if (!format) throw new ModelFileError(unrecognised(head), { file });
  if (baseMargin !== undefined && !Number.isFinite(baseMargin)) {
    throw new ModelFileError(`the given base margin is ${baseMargin}; give a finite number`, { file, format: format.name });
  }
  try {
    return format.parse(text, baseMargin);
  } catch (error) {
    if (error instanceof ModelFileError) throw error.at({ file, format: format.name });
    if (error instanceof SyntaxError) {
      throw new ModelFileError(
        `it is not whole: ${error.message}; save the model again`,
        { file, format: format.name },
        { cause: error },
      );
    }
    throw error;
  }
}

function unrecognised(head: string): string {
  const known = formats.map((format) => format.name).join(', ');
  const binary = head.includes('\u0000') || head.includes('\ufffd');
  return `${binary ? 'it is binary, ' : ''}no known format recognises it; known are ${known}; save the model as text in one of these`;
}
