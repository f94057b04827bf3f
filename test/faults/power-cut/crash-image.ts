import type { Random } from '@tillcast/core/simulation/random';
import type { FolderNode } from './disk-model.ts';
import { type Change, changed } from './file-node.ts';

/** What a power cut keeps of what was not synced: nothing, all of it, some of the calls, or some sectors of some of them. */
export const cuts = ['none', 'all', 'subset', 'torn'] as const;
export type Cut = (typeof cuts)[number];

const sectorBytes = 512;

/** The sectors of a write that reached the disk, each by itself. */
function sectorsOf({ at, bytes }: Extract<Change, { bytes: Buffer }>, random: Random): Change[] {
  const kept: Change[] = [];
  for (let from = 0; from < bytes.length; ) {
    const until = Math.min(bytes.length, from + sectorBytes - ((at + from) % sectorBytes));
    if (random.uniform() < 0.5) kept.push({ at: at + from, bytes: bytes.subarray(from, until) });
    from = until;
  }
  return kept;
}

function keptOf(changes: readonly Change[], cut: Cut, random: Random): readonly Change[] {
  if (cut === 'none') return [];
  if (cut === 'all') return changes;
  const likelihood = random.uniform();
  return changes.flatMap((change) => {
    if (cut === 'torn' && 'bytes' in change) return sectorsOf(change, random);
    return random.uniform() < likelihood ? [change] : [];
  });
}

/** How many of a folder's changed names are kept: a prefix, for names change in order. */
function namesKept(count: number, cut: Cut, random: Random): number {
  if (cut === 'none') return 0;
  return cut === 'all' ? count : Math.floor(random.uniform() * (count + 1));
}

/** What lies on the disk after a power cut: the content of each file, by its path; an empty folder leaves no trace. */
export function crashImage(folder: FolderNode, cut: Cut, random: Random, at = ''): Map<string, Buffer> {
  const names = new Map(folder.durable);
  for (const change of folder.changes.slice(0, namesKept(folder.changes.length, cut, random))) change(names);
  const image = new Map<string, Buffer>();
  for (const [name, node] of names) {
    const path = `${at}${name}`;
    if (node.kind === 'file') image.set(path, changed(node.content, keptOf(node.changes, cut, random)));
    else for (const [below, content] of crashImage(node, cut, random, `${path}/`)) image.set(below, content);
  }
  return image;
}
