import { join } from 'node:path';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import type { Acked } from './acks.ts';

/** Opens the model registry and the keys in a folder as a restart does; what is wrong, in words: `versions` are those that were added, in order. */
export async function modelProblems(
  folder: string,
  acked: Pick<Acked, 'models' | 'champion' | 'challenger'>,
  versions: readonly string[],
): Promise<string[]> {
  const keys = openSigningKeys(join(folder, 'keys'));
  const registry = openFolderRegistry({ folder: join(folder, 'models'), keys, now: () => 0 });
  const problems: string[] = [];
  try {
    const wrong = keys.problem(Buffer.from('sums'), keys.sign(Buffer.from('sums')));
    if (wrong !== undefined) problems.push(`what is signed now is not believed: ${wrong}`);
  } catch (error) {
    problems.push(`nothing can be signed any more: ${(error as Error).message}`);
  }
  const whole = new Set((await registry.list('session')).map(({ version }) => version));
  for (const version of acked.models) if (!whole.has(version)) problems.push(`the acked bundle ${version} is lost`);
  for (const version of versions) {
    const opened = await registry.open('session', version).catch((error: { code?: string }) => error.code);
    const isFine = typeof opened === 'object' || (opened === 'MODEL_NOT_FOUND' && !acked.models.includes(version));
    if (!isFine) problems.push(`the bundle ${version}: ${String(opened)}`);
  }
  for (const alias of ['champion', 'challenger'] as const) {
    const named = await registry.resolve('session', alias).catch((error: Error) => error.message);
    const before = acked[alias];
    const after = versions[before === undefined ? 0 : versions.indexOf(before) + 1];
    if (named !== before && named !== after) problems.push(`the ${alias} is ${named}, neither ${before} nor ${after}`);
  }
  return problems;
}
