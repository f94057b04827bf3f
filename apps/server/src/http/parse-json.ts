import { guardJson, JsonRefused } from './json-guard.ts';
import { parsePlain } from './plain-json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** A request body as a value: UTF-8, guarded, then parsed. Raises JsonRefused. */
export function parseBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new JsonRefused('', 'the body is not UTF-8');
  }
  return parseText(text);
}

/** The same for a text. Raises JsonRefused. */
export function parseText(text: string): unknown {
  try {
    const plain = parsePlain(text);
    if (plain !== undefined) return plain;
    guardJson(text);
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof JsonRefused) throw error;
    throw new JsonRefused('', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}
