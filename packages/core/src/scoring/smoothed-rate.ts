/** How many purchases' worth of evidence a parent's rate counts for against a cell's own. */
export const PURCHASES_OF_PRIOR = 5;

/**
 * A cell's purchase rate drawn towards its parent's, as if `purchases` more had been seen at the parent's rate (the mean of a beta
 * posterior): an empty cell has the parent's rate, a large one its own.
 */
export function smoothedRate(
  cell: { readonly rows: number; readonly positives: number },
  parentRate: number,
  purchases: number,
): number {
  const rowsOfPrior = purchases / parentRate;
  return (cell.positives + purchases) / (cell.rows + rowsOfPrior);
}
