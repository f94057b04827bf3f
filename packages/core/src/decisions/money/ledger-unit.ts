/** A person of an experiment, as the ledger books them. Money in hundredths of the shop's currency. */
export interface LedgerUnit {
  /** Which side of the comparison. */
  readonly isTreated: boolean;
  /** Units are compared within a stratum only: a span of time in which the design stood still. Counts from 0. */
  readonly stratum: number;
  /** When the last outcome that counts could happen: from then on the unit is booked. */
  readonly maturesAtMs: number;
  /** Earned within the window, before the costs of any treatment; NaN = nobody said what an order earned. */
  readonly marginCents: number;
  /** Spent on giving treatments to this unit. */
  readonly treatmentCents: number;
  /** Taken off this unit's orders by treatments. */
  readonly discountCents: number;
}

/** What is left of a unit's margin after the costs of treatments. */
export const netCentsOf = ({ marginCents, treatmentCents, discountCents }: LedgerUnit): number =>
  marginCents - treatmentCents - discountCents;
