import { bookLine, type LedgerLine, type LineSettings } from '@tillcast/core/decisions/money/ledger-line';
import type { LedgerUnit } from '@tillcast/core/decisions/money/ledger-unit';
import { openDayOf } from './calendar-days.ts';

/** How a line is booked, as it can be told to another thread. */
export interface LinePlan extends Omit<LineSettings, 'dayOf'> {
  readonly timeZone: string;
}

/** Books a line, here or on another thread. */
export type BookLine = (units: readonly LedgerUnit[], plan: LinePlan) => LedgerLine | Promise<LedgerLine>;

/** Books it here, for whoever serves nobody meanwhile. */
export const bookHere = (units: readonly LedgerUnit[], { timeZone, ...plan }: LinePlan): LedgerLine =>
  bookLine(units, { ...plan, dayOf: openDayOf(timeZone) });
