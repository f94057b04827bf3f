import type { Blend } from '../scoring/ensemble.ts';
import { percent } from './card-text.ts';
import study from './data/fidelity.json' with { type: 'json' };

/** What the fidelity study found for blends of one kind with the forest at one share; ranges over its models, shares of one. */
export interface ForestFidelity {
  readonly kind: Blend['kind'];
  readonly forestShare: number;
  readonly rows: number;
  /** Rows in which the largest contribution is the largest by brute force. */
  readonly topReasonAgrees: readonly number[];
  /** Mean error of a contribution over the mean absolute contribution. */
  readonly meanErrorToMeanPhi: readonly number[];
}

/** The study's figures; written by `node bench/fidelity.ts --write`. */
export const fidelityStudy = study as { readonly blends: readonly ForestFidelity[] };

/** The study's blend that stands for this one: the forest at the nearest share that is not smaller, or the largest studied. */
export function fidelityOf({ kind, weights }: Pick<Blend, 'kind' | 'weights'>): ForestFidelity {
  const alike = fidelityStudy.blends.filter((one) => one.kind === kind).sort((a, b) => a.forestShare - b.forestShare);
  return alike.find(({ forestShare }) => forestShare >= (weights.random_forest ?? 0)) ?? alike.at(-1)!;
}

const range = ([low, high]: readonly number[]): string => `${percent(low!, 1)} to ${percent(high!, 1)}`;

/** "in a study against brute force with the forest at 30 % (240 rows of small models), the top reason agreed in 98.8 % to 100.0 % of rows, …" */
export function describeFidelity(blend: Pick<Blend, 'kind' | 'weights'>): string {
  const { forestShare, rows, topReasonAgrees, meanErrorToMeanPhi } = fidelityOf(blend);
  return (
    `in a study against brute force with the forest at ${percent(forestShare, 0)} (${rows} rows of small models; \`node bench/fidelity.ts\`), the top reason ` +
    `agreed in ${range(topReasonAgrees)} of rows, and contributions missed by ${range(meanErrorToMeanPhi)} of the mean absolute contribution`
  );
}
