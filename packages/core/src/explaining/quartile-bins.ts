import type { FeatureProfile } from './quantile-curve.ts';

const QUARTILES = [3, 4, 5] as const;
const LARGEST = 8;

/** A feature cut at its quartiles (lime's QuartileDiscretizer); equal quartiles make one cut, and what is missing has a bin of its own. */
export interface QuartileBins {
  /** Ascending; bin b holds the values above cut b − 1 and up to cut b. */
  readonly cuts: readonly number[];
  readonly missingBin: number;
}

/** The bins of a feature. */
export function quartileBins({ quantiles }: FeatureProfile): QuartileBins {
  const cuts = [...new Set(QUARTILES.map((at) => quantiles[at]!))].filter((cut) => cut < quantiles[LARGEST]!);
  return { cuts, missingBin: cuts.length + 1 };
}

/** The bin a value falls into. */
export function binOf({ cuts, missingBin }: QuartileBins, value: number): number {
  if (Number.isNaN(value)) return missingBin;
  let bin = 0;
  while (bin < cuts.length && value > cuts[bin]!) bin++;
  return bin;
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

/** A bin in words: "price above 20 and up to 45". */
export function binInWords({ cuts, missingBin }: QuartileBins, name: string, bin: number): string {
  if (bin === missingBin) return `${name} not known`;
  const above = bin > 0 ? `above ${rounded(cuts[bin - 1]!)}` : '';
  const upTo = bin < cuts.length ? `up to ${rounded(cuts[bin]!)}` : '';
  return `${name} ${[above, upTo].filter((part) => part !== '').join(' and ') || 'any'}`;
}
