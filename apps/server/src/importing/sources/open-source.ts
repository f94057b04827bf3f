import { readFileSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { inspect } from '../files/open-bytes.ts';
import { ga4 } from './ga4.ts';
import { mappedSource } from './mapping.ts';
import { parseMapping } from './parse-mapping.ts';
import { rees46 } from './rees46.ts';
import { segment } from './segment.ts';
import type { Source } from './source.ts';
import { tillcast } from './tillcast.ts';

/** The vocabularies we can read without a mapping file, one line each. */
export const sources: readonly Source[] = [tillcast, rees46, ga4, segment];

/** The source of a name, or the one a mapping file describes. */
export function openSource(nameOrFile: string): Source {
  const source = sources.find(({ name }) => name === nameOrFile);
  if (source !== undefined) return source;
  if (!/\.ya?ml$/.test(nameOrFile)) {
    throw new TillcastError(
      'OPTION_INVALID',
      `--source must be ${sources.map(({ name }) => name).join(', ')} or a mapping file ending in .yaml, not "${nameOrFile}"`,
    );
  }
  inspect(nameOrFile);
  return mappedSource(parseMapping(readFileSync(nameOrFile, 'utf8'), nameOrFile));
}
