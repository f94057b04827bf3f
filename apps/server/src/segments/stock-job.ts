import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { VersionedSegments } from './read-segments.ts';

/** What the process that takes stock is told, once. */
export interface StockJob {
  /** Data directory. */
  readonly data: string;
  /** Where the stock is written; adopted by whoever started the process. */
  readonly folder: string;
  readonly file: VersionedSegments;
  readonly shop: ShopSettings;
  readonly nowMs: number;
  readonly timeZone: string;
  readonly sessionGapMs: number;
  readonly stateMemoryMb: number;
  readonly refitAfterMs: number | null;
}

/** What it says: how far it is, that all is written, or why nothing is. */
export type StockWord =
  | { readonly word: 'progress'; readonly text: string }
  | { readonly word: 'done' }
  | { readonly word: 'failed'; readonly problem: string };
