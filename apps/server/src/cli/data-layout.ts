import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';

/** What says how a data directory is laid out: which files hold what. Each store's own schema stands in its own file. */
export const layoutFile = 'layout.json';

/** Where a restore puts what it has not finished. */
export const restoringFolder = '.restoring';

/**
 * One step of the layout, from the version of its place in the list to the next. It may be cut off anywhere and is then run again from its beginning, so
 * it must be fit for that; what it takes away it takes away last.
 */
export type LayoutStep = (root: string) => void;

/** The steps of the layout, oldest first; a step that was released never changes. The first found nothing to move: it only says that there are versions. */
export const layoutSteps: readonly LayoutStep[] = [() => {}];

/** The layout that a directory has; 0 where nothing says. Raises STORE_UNAVAILABLE where what says it cannot be understood. */
export function readLayout(root: string): number {
  const file = join(root, layoutFile);
  if (!existsSync(file)) return 0;
  try {
    const { layout } = JSON.parse(readFileSync(file, 'utf8')) as { readonly layout?: unknown };
    if (Number.isSafeInteger(layout) && (layout as number) >= 1) return layout as number;
  } catch {
    // Said below, as for JSON that says something else.
  }
  throw new TillcastError(
    'STORE_UNAVAILABLE',
    `${file} is damaged: it must be {"layout":N}; restore the directory from a backup`,
  );
}

/** Brings a directory to the layout of this release; killed anywhere, the next start goes on. Refuses a newer one and leaves it as it is. */
export function bringLayoutForward(root: string, steps: readonly LayoutStep[] = layoutSteps): void {
  if (existsSync(join(root, restoringFolder)))
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `${root} holds a restore that did not finish (${restoringFolder}); empty the directory and run tillcast restore again`,
    );
  const found = readLayout(root);
  if (found > steps.length) throw newerLayout(root, found, steps.length);
  for (let version = found; version < steps.length; version++) {
    steps[version]!(root);
    writeLayout(root, version + 1);
  }
}

/** The refusal of a directory, or a backup of one, that a newer release has laid out. */
export const newerLayout = (what: string, found: number, known: number): TillcastError =>
  new TillcastError(
    'STORE_UNAVAILABLE',
    `${what} was laid out by a newer Tillcast (layout ${found}, this one knows ${known}); upgrade Tillcast, or restore a backup made before the upgrade`,
  );

function writeLayout(root: string, layout: number): void {
  const file = join(root, layoutFile);
  const draft = temporaryFor(file);
  try {
    writeFileSync(draft, `${JSON.stringify({ layout })}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    rmSync(draft, { force: true });
    // A directory that is mounted read-only may be read: whoever writes will say what is wrong with that.
    if (['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw new TillcastError('STORE_UNAVAILABLE', `${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  renameDurably(draft, file);
}
