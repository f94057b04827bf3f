import type { Expression } from '../rules/expression.ts';
import type { Rankable } from './facts.ts';
import type { LifecycleBounds } from './lifecycle.ts';

/** Whom a segment holds: those for whom a condition is true, or the highest share of those whose score is known. */
export type Membership =
  | { readonly kind: 'rule'; readonly source: string; readonly when: Expression }
  | { readonly kind: 'score'; readonly score: Rankable; readonly top: number };

/** One segment as data. */
export interface Segment {
  readonly id: string;
  /** By language; the file's own language is there. */
  readonly title: ReadonlyMap<string, string>;
  readonly membership: Membership;
}

/** Where a segment's members are sent each night. */
export interface Destination {
  readonly segment: string;
  readonly url: string;
}

/** A file of segments, checked. */
export interface SegmentFile {
  readonly language: string;
  readonly lifecycle: LifecycleBounds;
  /** How far ahead lifetime value looks, days. */
  readonly clvDays: number;
  readonly segments: readonly Segment[];
  readonly destinations: readonly Destination[];
}
