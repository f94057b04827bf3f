import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { TableInfo } from './read-table.ts';

/** Fewer buyers than this, and nothing can be told from chance. */
export const FEWEST_POSITIVES = 25;

/** Refuses a table that cannot be learnt from, and says what is missing. */
export function checkLabels(info: TableInfo): void {
  const splits = Object.values(info.splits);
  const rows = splits.reduce((sum, split) => sum + split.rows, 0);
  const positives = splits.reduce((sum, split) => sum + split.positives, 0);
  const hours = (info.dataUntilMs - info.dataFromMs) / 3_600_000;
  if (rows === 0)
    throw new TillcastError(
      'TOO_FEW_POSITIVES',
      `there is no row whose label is known: the data span ${hours.toFixed(1)} h and the horizon is ${(info.horizonMs / 3_600_000).toFixed(1)} h; ${FEWEST_POSITIVES} positives are missing. Import a longer history or choose a shorter --horizon`,
    );
  if (positives === rows)
    throw new TillcastError(
      'ONE_CLASS',
      `all ${rows} rows are positive: there is nothing to tell apart. Import the whole traffic, not the buyers' alone`,
    );
  if (positives < FEWEST_POSITIVES)
    throw new TillcastError(
      'TOO_FEW_POSITIVES',
      `${positives} of ${rows} rows are positive; at least ${FEWEST_POSITIVES} are needed, ${FEWEST_POSITIVES - positives} are missing. Import a longer history${info.target === 'item' ? ', or try --target session' : ''}`,
    );
  for (const split of ['train', 'test'] as const)
    if ((info.splits[split]?.positives ?? 0) === 0)
      throw new TillcastError(
        'TOO_FEW_POSITIVES',
        `none of the ${info.splits[split]?.rows ?? 0} rows of the ${split} window is positive; import a longer history or choose a shorter --horizon`,
      );
}
