import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Does `work` unless it was done with the same inputs before; true where it is done in the end. What makes `work` fail is forgotten with its stamp. */
export function once(stamp: string, inputs: readonly string[], salt: string, work: () => boolean): boolean {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${salt}`);
  for (const input of inputs) hash.update(readFileSync(input));
  const digest = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return true;
  rmSync(stamp, { force: true });
  if (!work()) return false;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}
