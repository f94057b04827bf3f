/** What is done to a file's content and not yet on disk. */
export type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

/** A file's content: what the last sync made certain, and what was done since. */
export interface FileNode {
  readonly kind: 'file';
  content: Buffer;
  changes: Change[];
}

/** A new, empty file. */
export const newFile = (): FileNode => ({ kind: 'file', content: Buffer.alloc(0), changes: [] });

/** The content after some changes, in order; what lies between the old end and a later write is zeros. */
export function changed(content: Buffer, changes: readonly Change[]): Buffer {
  let length = content.length;
  let most = length;
  for (const change of changes) {
    if ('size' in change) length = change.size;
    else length = Math.max(length, change.at + change.bytes.length);
    most = Math.max(most, length);
  }
  const result = Buffer.alloc(most);
  content.copy(result);
  let end = content.length;
  for (const change of changes) {
    if ('size' in change) {
      if (change.size < end) result.fill(0, change.size, end);
      end = change.size;
    } else {
      change.bytes.copy(result, change.at);
      end = Math.max(end, change.at + change.bytes.length);
    }
  }
  return result.subarray(0, end);
}

/** Everything done so far is on disk. */
export function syncFile(file: FileNode): void {
  if (file.changes.length === 0) return;
  file.content = changed(file.content, file.changes);
  file.changes = [];
}
