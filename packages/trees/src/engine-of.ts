import { type Engine, openEngine } from './engine.ts';
import type { Forest } from './forest.ts';

const engines = new WeakMap<Forest, Engine>();

/** The engine of a forest, opened when first asked for and kept as long as the forest; callers of one thread share it. */
export function engineOf(forest: Forest): Engine {
  const known = engines.get(forest);
  if (known !== undefined) return known;
  const engine = openEngine(forest);
  engines.set(forest, engine);
  return engine;
}
