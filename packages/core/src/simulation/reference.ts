import window from './data/rees46-window.json' with { type: 'json' };
import type { Figures, Scope } from './figures.ts';

/** A measured shop: its figures, how they were measured, and what it is. */
export interface Reference {
  readonly source: string;
  readonly scope: Scope;
  readonly figures: Figures;
}

/** The figures of REES46's window, numbers only; written by `tillcast simulate --compare FILE --reference-out FILE`. */
export const rees46Reference: Reference = window;

/** Where the synthetic shop differs from the reference on purpose, and why. */
export const deliberateDeviations: Readonly<Record<string, string>> = {
  carts_per_100_views: 'early REES46 data miss most cart events; a shop of today tracks them',
  carts_per_purchase: 'early REES46 data miss most cart events; a shop of today has 3 to 4 carts a purchase',
  buying_sessions_with_cart_share: 'only 65 of 200 buying sessions of the window have a cart event; see cartTrackedShare',
  shoppers_with_repeat_sessions_share:
    '98 % of the session changes of the window come without half an hour of silence; ours never do',
};

/** One line of the comparison. */
export interface Comparison {
  readonly figure: string;
  readonly synthetic: number;
  readonly reference: number;
  readonly ratio: number;
  /** Why the two differ on purpose, where they do. */
  readonly note?: string;
}

/** Lays a shop's figures beside a reference's. */
export function compareFigures(synthetic: Figures, reference: Figures): readonly Comparison[] {
  return Object.keys(reference).map((figure) => {
    const [ours, theirs] = [synthetic[figure] ?? Number.NaN, reference[figure]!];
    const note = deliberateDeviations[figure];
    return { figure, synthetic: ours, reference: theirs, ratio: ours / theirs, ...(note === undefined ? {} : { note }) };
  });
}
