import { nextFloat32 } from '../../src/float32-grid.ts';
import { type Forest, LEAF } from '../../src/forest.ts';
import type { ParityCase } from './case-folder.ts';

/** A mistake that a reader or a backend could make. */
export interface PlantedFault {
  readonly name: string;
  /** The forest with the mistake; undefined where the case gives no room for it. */
  plant(parity: ParityCase): Forest | undefined;
}

/** Each is small: rows away from thresholds, of present values, would not show it. */
export const plantedFaults: readonly PlantedFault[] = [
  { name: 'every threshold one float32 further', plant: moveThresholds },
  { name: 'missing values sent the other way', plant: turnMissing },
  { name: 'one leaf in a hundred off by a millionth', plant: bendLeaves },
  { name: 'one cover in four larger by a hundredth', plant: swellCovers },
];

function moveThresholds({ forest }: ParityCase): Forest {
  const isThreshold = (value: number, node: number) =>
    forest.feature[node] !== LEAF && forest.categories?.asks[node] !== 1 && Number.isFinite(value);
  return {
    ...forest,
    value: forest.value.map((value, node) => (isThreshold(value, node) ? nextFloat32(Math.fround(value)) : value)),
  };
}

function turnMissing({ forest, rows }: ParityCase): Forest | undefined {
  if (!rows.some(Number.isNaN)) return undefined;
  return { ...forest, missingGoesLeft: forest.missingGoesLeft.map((side) => 1 - side) };
}

function bendLeaves({ forest }: ParityCase): Forest {
  let seen = 0;
  const isBent = (node: number) => forest.feature[node] === LEAF && seen++ % 100 === 0;
  return { ...forest, value: forest.value.map((value, node) => (isBent(node) ? value * (1 + 1e-6) : value)) };
}

function swellCovers({ forest }: ParityCase): Forest {
  return { ...forest, cover: forest.cover.map((cover, node) => (node % 4 === 1 ? cover * 1.01 : cover)) };
}
