import { type FileNode, newFile, syncFile } from './file-node.ts';
import type { DiskCall } from './trace.ts';

type Entries = Map<string, Node>;
type Node = FileNode | FolderNode;

/** The names in a folder: those that its last sync made certain, and what was done to them since. */
export interface FolderNode {
  readonly kind: 'folder';
  durable: Entries;
  readonly live: Entries;
  changes: ((names: Entries) => void)[];
}

const newFolder = (): FolderNode => ({ kind: 'folder', durable: new Map(), live: new Map(), changes: [] });

/** How the disk that is played differs from an honest one: a planted fault. */
export interface DiskFaults {
  /** Syncing a folder does nothing, as if nobody had thought of it. */
  readonly forgetsFolders?: boolean;
}

/**
 * A disk that keeps no more than POSIX promises: content is certain after the file's own sync, names after their folder's. What the calls did since is
 * in `changes`, and a power cut keeps any part of it (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014); the names within one
 * folder alone change in order, as every journalling file system has it. What a failed sync was to write is never written: the kernel calls it clean
 * (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
 */
export function openDiskModel({ forgetsFolders = false }: DiskFaults = {}) {
  const root = newFolder();
  const open = new Map<number, Node>();

  function change(folder: FolderNode, apply: (names: Entries) => void): void {
    apply(folder.live);
    folder.changes.push(apply);
  }

  function find(path: string): { folder: FolderNode; name: string } {
    const names = path.split('/');
    const name = names.pop()!;
    let folder = root;
    for (const step of names) {
      const next = folder.live.get(step);
      if (next?.kind !== 'folder') throw new Error(`the trace names ${path}, whose folder ${step} is not there`);
      folder = next;
    }
    return { folder, name };
  }

  function openPath(path: string, isNew: boolean): Node {
    if (path === '') return root;
    const { folder, name } = find(path);
    if (isNew) {
      const file = newFile();
      change(folder, (names) => names.set(name, file));
      return file;
    }
    const node = folder.live.get(name);
    if (node === undefined) throw new Error(`the trace opens ${path}, which is not there`);
    return node;
  }

  function sync(node: Node | undefined): void {
    if (node?.kind === 'file') syncFile(node);
    else if (node !== undefined && !forgetsFolders) {
      node.durable = new Map(node.live);
      node.changes = [];
    }
  }

  function nameAnew({ kind, path, to }: Extract<DiskCall, { to: string }>): void {
    const from = find(path);
    const place = find(to);
    if (from.folder !== place.folder) throw new Error(`the model does not know how to move ${path} to another folder`);
    const node = from.folder.live.get(from.name)!;
    change(from.folder, (names) => {
      if (kind === 'rename') names.delete(from.name);
      names.set(place.name, node);
    });
  }

  return {
    root: root as Readonly<FolderNode>,
    apply(call: DiskCall): void {
      const node = 'fd' in call ? open.get(call.fd) : undefined;
      const file = node?.kind === 'file' ? node : undefined;
      if (call.kind === 'open') {
        const opened = openPath(call.path, call.isNew);
        if (call.truncates && opened.kind === 'file') opened.changes.push({ size: 0 });
        open.set(call.fd, opened);
      } else if (call.kind === 'write') file?.changes.push({ at: call.at, bytes: call.bytes });
      else if (call.kind === 'truncate') file?.changes.push({ size: call.size });
      else if (call.kind === 'sync') sync(node);
      else if (call.kind === 'close') open.delete(call.fd);
      else if (call.kind === 'fault' && call.call === 'fsync' && file !== undefined) file.changes = [];
      else if (call.kind === 'rename' || call.kind === 'link') nameAnew(call);
      else if (call.kind === 'mkdir' || call.kind === 'remove') {
        const { folder, name } = find(call.path);
        const made = newFolder();
        change(folder, (names) => (call.kind === 'mkdir' ? names.set(name, made) : names.delete(name)));
      }
    },
  };
}

export type DiskModel = ReturnType<typeof openDiskModel>;
