/** One thing a process did to the files below the recorded folder. Paths are relative to it. */
export type DiskCall =
  | { readonly kind: 'open'; readonly fd: number; readonly path: string; readonly isNew: boolean; readonly truncates: boolean }
  | { readonly kind: 'write'; readonly fd: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly fd: number; readonly size: number }
  | { readonly kind: 'sync'; readonly fd: number }
  | { readonly kind: 'close'; readonly fd: number }
  | { readonly kind: 'mkdir'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename' | 'link'; readonly path: string; readonly to: string }
  /** A call that was made to fail. */
  | { readonly kind: 'fault'; readonly fd: number; readonly call: string };

const headBytes = 17;

function callOf(kind: string, fd: number, at: number, bytes: Buffer): DiskCall {
  const text = (): string => bytes.toString('utf8');
  switch (kind) {
    case 'O':
      return { kind: 'open', fd, path: text(), isNew: (at & 1) !== 0, truncates: (at & 2) !== 0 };
    case 'W':
      return { kind: 'write', fd, at, bytes };
    case 'T':
      return { kind: 'truncate', fd, size: at };
    case 'S':
      return { kind: 'sync', fd };
    case 'C':
      return { kind: 'close', fd };
    case 'M':
      return { kind: 'mkdir', path: text() };
    case 'U':
      return { kind: 'remove', path: text() };
    case 'R':
    case 'L': {
      const [path = '', to = ''] = text().split('\0');
      return { kind: kind === 'R' ? 'rename' : 'link', path, to };
    }
    case '!':
      return { kind: 'fault', fd, call: text() };
    default:
      throw new Error(`the trace holds a call of the unknown kind ${JSON.stringify(kind)}`);
  }
}

/** Reads what disk-shim.c recorded: a head of 17 bytes (kind, descriptor i32, place or size i64, length u32) and so many bytes, over and over. */
export function parseTrace(trace: Buffer): readonly DiskCall[] {
  const calls: DiskCall[] = [];
  for (let at = 0; at < trace.length; ) {
    const length = trace.readUInt32LE(at + 13);
    const bytes = trace.subarray(at + headBytes, at + headBytes + length);
    calls.push(callOf(String.fromCharCode(trace[at]!), trace.readInt32LE(at + 1), Number(trace.readBigInt64LE(at + 5)), bytes));
    at += headBytes + length;
  }
  return calls;
}
