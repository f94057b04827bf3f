import { readFileSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parse } from 'yaml';

const maxBytes = 262_144;

/** The data of a YAML file of ours. Aliases are limited, so that a small file cannot grow in memory. */
export function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  }
  if (text.length > maxBytes) throw new TillcastError('INPUT_INVALID', `${file}: a rule file holds at most ${maxBytes} bytes`);
  try {
    return parse(text, { maxAliasCount: 16 });
  } catch (error) {
    throw new TillcastError('INPUT_INVALID', `${file}: not YAML: ${(error as Error).message}`, { cause: error });
  }
}
