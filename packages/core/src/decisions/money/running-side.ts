import { type LedgerUnit, netCentsOf } from './ledger-unit.ts';

/** Mean and sum of squared deviations of a stream of amounts (Welford 1962: no large squares are subtracted from each other). */
export class RunningMoments {
  count = 0;
  mean = 0;
  squares = 0;

  add(value: number): void {
    const step = value - this.mean;
    this.mean += step / ++this.count;
    this.squares += step * (value - this.mean);
  }

  /** Squared standard error of the mean; NaN below two amounts. */
  get squaredError(): number {
    return this.count < 2 ? Number.NaN : this.squares / (this.count - 1) / this.count;
  }
}

/** Treated or reference units of one stratum, so far. */
export class RunningSide {
  readonly margin = new RunningMoments();
  readonly net = new RunningMoments();
  treatmentCents = 0;
  discountCents = 0;

  add(unit: LedgerUnit): void {
    this.margin.add(unit.marginCents);
    this.net.add(netCentsOf(unit));
    this.treatmentCents += unit.treatmentCents;
    this.discountCents += unit.discountCents;
  }

  get count(): number {
    return this.net.count;
  }
}

/** Both sides of one stratum. */
export interface Stratum {
  readonly treated: RunningSide;
  readonly reference: RunningSide;
}

/** An empty stratum. */
export const openStratum = (): Stratum => ({ treated: new RunningSide(), reference: new RunningSide() });

/** Whether a stratum's sides can be compared: two units each, for a variance. */
export const isComparable = ({ treated, reference }: Stratum): boolean => treated.count >= 2 && reference.count >= 2;
