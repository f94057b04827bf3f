import { type Engine, openEngine } from '../../src/engine.ts';
import type { Forest } from '../../src/forest.ts';

/** What parity asks of a backend: scores and contributions, of single rows and of batches. */
export type Answerer = Pick<Engine, 'score' | 'scoreExact' | 'scoreBatch' | 'explain' | 'explainBatch'>;

export interface Backend {
  readonly name: string;
  open(forest: Forest): Answerer;
  /** How far contributions of forests of probabilities may be from float64 ones: design §3.3 asks 1e-6 of float32 lanes. */
  readonly forestTolerance?: number;
}

/** Every way to score and explain; each is held to the same libraries. A new one is one line here. (Lanes `auto` are one of both.) */
export const backends: readonly Backend[] = [
  { name: 'typescript', open: (forest) => openEngine(forest, { backend: 'typescript' }) },
  { name: 'wasm', open: (forest) => openEngine(forest, { backend: 'wasm', lanes: 'float64' }) },
  {
    name: 'wasm in float32 lanes',
    open: (forest) => openEngine(forest, { backend: 'wasm', lanes: 'float32' }),
    forestTolerance: 1e-6,
  },
];

const isProbability = ({ kind, space }: Forest): boolean => kind === 'sklearn_forest' && space === 'probability';

/** The backends that answer a forest in ways of their own: float32 lanes serve forests of probabilities only. */
export const backendsFor = (forest: Forest): readonly Backend[] =>
  backends.filter(({ forestTolerance }) => forestTolerance === undefined || isProbability(forest));

/** The larger of a case's tolerance and what a backend's lanes are allowed on this forest. */
export const toleranceOf = ({ forestTolerance = 0 }: Backend, forest: Forest, tolerance: number): number =>
  isProbability(forest) ? Math.max(tolerance, forestTolerance) : tolerance;
