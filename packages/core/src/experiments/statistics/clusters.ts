import { leftOut } from './moments.ts';

/** Units summed up by cluster, so that clusters are the independent things. */
export interface Clustered {
  /** Arm of each cluster; `leftOut` where its units fell into several arms. */
  readonly arm: Uint8Array;
  /** Each column's sum over the cluster's units. */
  readonly columns: readonly Float64Array[];
  /** Units in each cluster. */
  readonly sizes: Float64Array;
  /** Clusters whose units fell into several arms. */
  readonly crossed: number;
}

const nobodyYet = 254;

/** Sums columns by cluster (rows that are left out do not count); a cluster in several arms is left out and counted. */
export function sumByCluster(cluster: Int32Array, arm: Uint8Array, columns: readonly Float64Array[]): Clustered {
  const clusters = cluster.reduce((most, number) => Math.max(most, number + 1), 0);
  const armOf = new Uint8Array(clusters).fill(nobodyYet);
  const sizes = new Float64Array(clusters);
  const sums = columns.map(() => new Float64Array(clusters));
  const crossed = new Set<number>();
  for (let row = 0; row < arm.length; row++) {
    const of = arm[row]!;
    if (of === leftOut) continue;
    const number = cluster[row]!;
    if (armOf[number] === nobodyYet) armOf[number] = of;
    else if (armOf[number] !== of) crossed.add(number);
    sizes[number]!++;
    for (const [i, column] of columns.entries()) sums[i]![number]! += column[row]!;
  }
  for (let number = 0; number < clusters; number++)
    if (armOf[number] === nobodyYet || crossed.has(number)) armOf[number] = leftOut;
  return { arm: armOf, columns: sums, sizes, crossed: crossed.size };
}
