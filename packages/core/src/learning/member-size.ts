import type { ForestSize } from '@tillcast/trees/trim-forest';
import type { MemberName } from '../scoring/ensemble.ts';

/** One size at which a member can be had, and what it says there. */
export interface SizedScores {
  readonly size: ForestSize;
  /** Score and exact SHAP of one row, in cost units (about nanoseconds on the reference machine). */
  readonly units: number;
  /** Raw scores, one a row of the table; NaN where a row was not scored. */
  readonly raw: Float64Array;
  /** Of the rows of `train`, by models that did not see the row's shopper; needed where the table has no `blend` window. */
  readonly oof?: Float64Array;
}

/** A member in all its sizes; the last is the whole. */
export interface SizedMember {
  readonly name: MemberName;
  readonly sizes: readonly SizedScores[];
}

/** Which size of each member an ensemble takes; members it leaves out are absent. */
export type SizeChoice = Readonly<Partial<Record<MemberName, SizedScores>>>;

/** What an ensemble of these sizes costs a row, in units. */
export const unitsOf = (choice: SizeChoice): number => Object.values(choice).reduce((sum, size) => sum + size.units, 0);

/** "158 trees", "71 trees of at most 32 leaves". */
export const describeSize = ({ trees, leaves }: ForestSize): string =>
  `${trees} ${trees === 1 ? 'tree' : 'trees'}${leaves === undefined ? '' : ` of at most ${leaves} leaves`}`;
