import { ModelFileError, within } from './errors.ts';
import type { Forest } from './forest.ts';
import { decodeText } from './readers/decode-text.ts';
import { foreignEncodings, foreignFiles } from './readers/foreign-files.ts';
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
/** In bytes or UTF-16 units. Engines hold no longer text: V8's bound is 24 below it. */
export const MAX_FILE_LENGTH = 2 ** 29 - 32;

/** Reads a model file of any known format, as text or as bytes; a file that cannot be believed is refused with a ModelFileError that says where and why. */
export function readForest(model: string | Uint8Array, { baseMargin, file }: ReadForestOptions = {}): Forest {
  return within({ file }, () => {
    if (model.length > MAX_FILE_LENGTH)
      throw new ModelFileError(
        `it has ${model.length} bytes, at most ${MAX_FILE_LENGTH} are supported; train fewer or shallower trees`,
      );
    const { name, parse } = findParser(model);
    return within({ format: name }, () => {
      if (baseMargin !== undefined && !Number.isFinite(baseMargin))
        throw new ModelFileError(`the given base margin is ${baseMargin}; give a finite number`);
      return parse(baseMargin);
    });
  });
}

interface Parser {
  readonly name: string;
  parse(baseMargin: number | undefined): Forest;
}

function findParser(model: string | Uint8Array): Parser {
  const head = headOf(model);
  refuseForeign(foreignEncodings, head);
  const binary = typeof model === 'string' ? undefined : binaryFormats.find((candidate) => candidate.recognises(model));
  if (binary) return { name: binary.name, parse: (baseMargin) => binary.parse(model as Uint8Array, baseMargin) };
  const format = formats.find((candidate) => candidate.recognises(head));
  if (format) return { name: format.name, parse: (baseMargin) => format.parse(decodeText(model), baseMargin) };
  refuseForeign(foreignFiles, head);
  throw new ModelFileError(unrecognised(head));
}

/** The beginning, a byte a character; a text's own characters. */
function headOf(model: string | Uint8Array): string {
  if (typeof model === 'string') return model.slice(0, HEAD_LENGTH);
  return Array.from(model.subarray(0, HEAD_LENGTH), (byte) => String.fromCharCode(byte)).join('');
}

function refuseForeign(
  files: readonly { name: string; remedy: string; recognises(head: string): boolean }[],
  head: string,
): void {
  const found = files.find((candidate) => candidate.recognises(head));
  if (found) throw new ModelFileError(`it is ${found.name}; ${found.remedy}`);
}

function unrecognised(head: string): string {
  const known = [...formats, ...binaryFormats].map((format) => format.name).join(', ');
  const kind = head.trim() === '' ? 'it is empty, ' : /[\0\ufffd\x80-\x9f]/.test(head) ? 'it is binary, ' : '';
  return `${kind}no known format recognises it; known are ${known}; save the model in one of these`;
}
