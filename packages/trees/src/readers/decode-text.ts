import { ModelFileError } from '../errors.ts';

/** The text of a file in UTF-8 (a text is taken as it is); bytes that are no UTF-8, and NUL, are refused by their place. */
export function decodeText(model: string | Uint8Array): string {
  const text = typeof model === 'string' ? model : decode(model);
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const byte = new TextEncoder().encode(text.slice(0, nul)).length;
    throw new ModelFileError('it holds a NUL character, which no model has; copy the file or save the model again', { byte });
  }
  return text;
}

const openDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return openDecoder().decode(bytes);
  } catch (error) {
    const byte = firstWrongByte(bytes);
    throw new ModelFileError('it is not UTF-8 here; copy the file or save the model again', { byte }, { cause: error });
  }
}

/** Where the shortest beginning ends that no more bytes could make UTF-8, found by halving; the file's length where only its end is cut off. */
function firstWrongByte(bytes: Uint8Array): number {
  let valid = 0;
  let wrong = bytes.length + 1;
  while (wrong - valid > 1) {
    const middle = (valid + wrong) >>> 1;
    if (canBecomeText(bytes.subarray(0, middle))) valid = middle;
    else wrong = middle;
  }
  return valid;
}

function canBecomeText(bytes: Uint8Array): boolean {
  try {
    openDecoder().decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
