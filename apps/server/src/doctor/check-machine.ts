import { readFileSync, statfsSync } from 'node:fs';
import { bytesInWords, type Finding, finding } from './finding.ts';

const oldestNode = 24;
const leastFreeBytes = 1_073_741_824;
const leastFreeShare = 0.05;
/** Each connection is an open file: of shops, of browsers, of stores. */
const leastOpenFiles = 4_096;

/** The runtime, the disk under the data directory, and how many files this process may open. */
export function checkMachine(folder: string): readonly Finding[] {
  return [checkNode(process.versions.node), checkDisk(folder), ...checkOpenFiles()];
}

/** Whether a version of Node runs what is written here. */
export function checkNode(version: string): Finding {
  const old = Number(version.split('.')[0]) < oldestNode;
  return finding(
    'node',
    `Node ${version}`,
    old ? { status: 'fail', remedy: `${oldestNode} or newer is needed: run node bootstrap.mjs` } : undefined,
  );
}

function checkDisk(folder: string): Finding {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const scarce = free < leastFreeBytes || bavail / blocks < leastFreeShare;
  const detail = `${bytesInWords(free)} of ${bytesInWords(blocks * bsize)} are free under ${folder}`;
  return finding(
    'disk',
    detail,
    scarce ? { status: 'warn', remedy: 'a full disk refuses events: free some, or keep events for fewer days' } : undefined,
  );
}

function checkOpenFiles(): readonly Finding[] {
  const limit = readOpenFilesLimit();
  if (limit === undefined) return [];
  const low = limit < leastOpenFiles;
  return [
    finding(
      'open files',
      `this process may open ${limit} files`,
      low ? { status: 'warn', remedy: `raise it to ${leastOpenFiles} or more: ulimit -n` } : undefined,
    ),
  ];
}

/** Linux tells; elsewhere nobody is asked. */
function readOpenFilesLimit(): number | undefined {
  try {
    const told = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return told === undefined ? undefined : Number(told);
  } catch {
    return undefined;
  }
}
