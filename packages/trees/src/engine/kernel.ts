import { kernelBytes } from './kernel-bytes.ts';

/** The compiled functions; addresses are bytes in the kernel's memory. */
export type KernelFunction = (...args: readonly number[]) => number;

/** One kernel with memory of its own, laid out once from the front. */
export interface Kernel {
  readonly functions: Readonly<Record<string, KernelFunction>>;
  /** Reserves so many bytes, aligned to 16, and returns where they begin. */
  reserve(bytes: number): number;
  readonly memory: WebAssembly.Memory;
  /** A view of numbers at an address, made anew when memory has grown meanwhile. */
  floats(at: number, length: number): () => Float32Array;
  doubles(at: number, length: number): () => Float64Array;
}

const PAGE = 65_536;
/** The linker puts its stack below this; nothing of ours goes there. */
const FIRST_FREE = 2 * PAGE;
let compiled: WebAssembly.Module | 'no SIMD' | undefined;

/** Opens a kernel; undefined where the platform has no WebAssembly with SIMD. */
export function openKernel(): Kernel | undefined {
  compiled ??= compile();
  if (compiled === 'no SIMD') return undefined;
  const memory = openMemory();
  if (memory === undefined) return undefined;
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  let end = FIRST_FREE;
  return {
    functions: instance.exports as Record<string, KernelFunction>,
    memory,
    floats: (at, length) => lasting(memory, (buffer) => new Float32Array(buffer, at, length)),
    doubles: (at, length) => lasting(memory, (buffer) => new Float64Array(buffer, at, length)),
    reserve(size) {
      const at = end;
      end += Math.ceil(size / 16) * 16;
      const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
      if (missing > 0) memory.grow(missing);
      return at;
    },
  };
}

function compile(): WebAssembly.Module | 'no SIMD' {
  if (typeof WebAssembly === 'undefined') return 'no SIMD';
  const bytes = kernelBytes();
  if (!WebAssembly.validate(bytes)) return 'no SIMD';
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    // A page whose content policy lacks 'wasm-unsafe-eval', or that may compile small modules only: the reference path serves on.
    return 'no SIMD';
  }
}

/** Undefined where the platform grants no further memory: the reference path serves on. */
function openMemory(): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(FIRST_FREE / PAGE) + 1 });
  } catch {
    return undefined;
  }
}

function lasting<T extends Float32Array | Float64Array>(memory: WebAssembly.Memory, open: (buffer: ArrayBuffer) => T): () => T {
  let view = open(memory.buffer);
  return () => {
    if (view.buffer !== memory.buffer) view = open(memory.buffer);
    return view;
  };
}

/** What `open` gives; undefined where the platform has no memory left for it, so that the reference path serves on. */
export function unlessFull<T>(open: () => T | undefined): T | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
