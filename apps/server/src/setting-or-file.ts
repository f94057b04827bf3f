import { readFileSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** The variables of a process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The text of a file without its outer blanks; `what` names it in the error FILE_NOT_READABLE. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new TillcastError('FILE_NOT_READABLE', `${what}: ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A setting, or the content of the file that `<NAME>_FILE` names; undefined where neither is set. */
export function settingOrFile(env: Env, name: string): string | undefined {
  const [value, file] = [env[name], env[`${name}_FILE`]];
  if (value !== undefined && file !== undefined)
    throw new TillcastError('OPTION_INVALID', `${name} and ${name}_FILE are both set; set one`);
  return file === undefined ? value : readText(file, `${name}_FILE`);
}
