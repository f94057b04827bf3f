import type { Backend, Engine, Lanes } from './engine/engine.ts';
import { openTypescriptEngine } from './engine/typescript-engine.ts';
import { openWasmEngine } from './engine/wasm-engine.ts';
import type { Forest } from './forest.ts';

export type { Backend, Engine, Lanes } from './engine/engine.ts';

/** What a caller may insist on. */
export interface EngineOptions {
  /** `typescript` keeps to the reference path; `wasm`, the default, takes the kernel wherever platform and forest allow it. */
  readonly backend?: Backend | undefined;
  /** `float64` keeps a large forest's contributions to the last bits of the reference, at about half the speed; default `auto`. */
  readonly lanes?: Lanes | undefined;
}

/** Makes a forest ready to score and explain; `backend` of the answer says which code does. */
export function openEngine(forest: Forest, { backend = 'wasm', lanes = 'auto' }: EngineOptions = {}): Engine {
  const reference = openTypescriptEngine(forest);
  return (backend === 'wasm' ? openWasmEngine(forest, reference, lanes) : undefined) ?? reference;
}
