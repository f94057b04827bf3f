import type { RejectReason } from './files/row.ts';

/** One rejected row, as the summary and `rejected.jsonl` name it. */
export interface Rejection {
  readonly file: string;
  readonly index: number;
  readonly line?: number;
  readonly reason: RejectReason;
  readonly problem: string;
}

/** What an import did; `rows = accepted + duplicate + rejected`, always. */
export interface ImportSummary {
  readonly rows: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly rejected_by_reason: Readonly<Partial<Record<RejectReason, number>>>;
  /** The first 20; `rejected.jsonl` holds them all. */
  readonly errors: readonly Rejection[];
}

const errorsShown = 20;

/** Counts the fates of rows. */
export class ImportTally {
  accepted = 0;
  duplicate = 0;
  rejected = 0;
  readonly #byReason: Partial<Record<RejectReason, number>> = {};
  readonly #errors: Rejection[] = [];

  reject(rejection: Rejection): void {
    this.rejected += 1;
    this.#byReason[rejection.reason] = (this.#byReason[rejection.reason] ?? 0) + 1;
    if (this.#errors.length < errorsShown) this.#errors.push(rejection);
  }

  get rows(): number {
    return this.accepted + this.duplicate + this.rejected;
  }

  summary(): ImportSummary {
    const { rows, accepted, duplicate, rejected } = this;
    return { rows, accepted, duplicate, rejected, rejected_by_reason: { ...this.#byReason }, errors: [...this.#errors] };
  }
}
