import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** What a folder of a backup holds, besides `data/` and `settings/`. */
export const manifestFile = 'manifest.json';
export const sumsFile = 'SHA256SUMS';

const isSound = (segment: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /^[^.\u0000-\u001f\\/][^\u0000-\u001f\\/]{0,199}$/u.test(segment);

/** Refuses a path that leads out of the backup, or that another system would read differently. */
export function assertBackupPath(path: string, where: string): void {
  if (!path.split('/').every(isSound))
    throw new TillcastError(
      'INPUT_INVALID',
      `${where} holds the path ${JSON.stringify(path.slice(0, 120))}, which no backup has`,
    );
}
