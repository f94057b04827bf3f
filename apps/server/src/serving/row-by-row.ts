/** Answers rows laid out one after the other, in order; fails as a whole. */
export type WorkTogether<T> = (rows: Float32Array, rowCount: number) => Promise<readonly T[]>;

/** The same, but each row has an answer or an error of its own. */
export type WorkEach<T> = (rows: Float32Array, rowCount: number) => Promise<readonly PromiseSettledResult<T>[]>;

/**
 * Works on rows together and, where that fails, on each alone, so that a broken row spoils no answer but its own. Errors that say nothing of the
 * rows (`isBusy`) are everyone's at once: asking again would only add to the load.
 */
export function openRowByRow<T>(work: WorkTogether<T>, isBusy: (error: unknown) => boolean): WorkEach<T> {
  async function settle(rows: Float32Array, rowCount: number): Promise<readonly PromiseSettledResult<T>[]> {
    try {
      return (await work(rows, rowCount)).map((value) => ({ status: 'fulfilled', value }));
    } catch (reason) {
      if (rowCount === 1 || isBusy(reason)) return Array.from({ length: rowCount }, () => ({ status: 'rejected', reason }));
      return settleAlone(rows, rowCount);
    }
  }

  async function settleAlone(rows: Float32Array, rowCount: number): Promise<readonly PromiseSettledResult<T>[]> {
    const width = rows.length / rowCount;
    const settled: PromiseSettledResult<T>[] = [];
    // One after the other: a failed batch may take no more of a bounded queue than it had.
    for (let row = 0; row < rowCount; row++) settled.push(...(await settle(rows.slice(row * width, (row + 1) * width), 1)));
    return settled;
  }

  return settle;
}
