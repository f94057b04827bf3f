import type { Realised } from '@tillcast/core/decisions/segments/quality';
import type { Stock } from '@tillcast/core/decisions/segments/take-stock';

/** One shopper as the members' file holds them: what segments know, and the segments they are in. */
export interface Member {
  readonly shopper: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly segments: readonly string[];
}

/** What was found at a moment; sizes stay when members are gone. */
export interface Snapshot extends Stock {
  /** Epoch ms; also its name. */
  readonly takenAtMs: number;
  readonly version: string;
  /** Whether the shop said what it earns, and whether lifetime value was known. */
  readonly hasMargin: boolean;
  readonly hasLifetime: boolean;
  /** Members' ids withheld from exports: they refused consent. */
  readonly withheld: number;
  /** How the chances came true, once all their windows have closed; over all, and by segment with ten asked at least. */
  readonly realised?: { readonly all: Realised; readonly segments: Readonly<Record<string, Realised>> };
}
