import { setImmediate } from 'node:timers/promises';
import { type KeptMargin, keptMargin } from '@tillcast/core/decisions/uplift/kept-margin';
import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { openPeople } from '@tillcast/core/experiments/people';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { MarginOf } from '../experiments/margin-of.ts';

/** A decision whose money is asked for. */
export interface DecidedUnit {
  /** As `shopperOf` names them. */
  readonly shopper: string;
  readonly asOfMs: number;
  readonly askedAtMs: number;
  readonly horizonMs: number;
}

/** Where money is read from, and for how long a return takes some back. */
export interface MoneySources {
  readonly events: Pick<EventLog, 'read'>;
  readonly marginOf: MarginOf;
  /** After the horizon, and units wait for it; absent: whatever was given back by now counts, and nothing is waited for. */
  readonly refundWindowMs?: number | undefined;
}

/** Whose money it is, and what there is of it. */
export interface UnitMoney extends KeptMargin {
  readonly unit: DecidedUnit;
}

const batch = 4_096;

/**
 * What each person's orders within the horizon of their first decision brought, refunds taken off. A device that one user logged in on is that user: of
 * several decisions about one person, the first is the unit. Events are read twice: whose they are is known when all logins are.
 */
export async function readUnitMoney(
  decided: readonly DecidedUnit[],
  { events, marginOf, refundWindowMs = Number.POSITIVE_INFINITY }: MoneySources,
): Promise<readonly UnitMoney[]> {
  const people = openPeople(false);
  const fromMs = decided.reduce((first, { asOfMs }) => Math.min(first, asOfMs), Number.POSITIVE_INFINITY);
  if (decided.length === 0) return [];
  const read = () => events.read({ fromMs, batch });
  for await (const page of read()) {
    for (const event of page) people.login(event);
    await setImmediate();
  }
  const units = new Map<string, { readonly unit: DecidedUnit; readonly purchases: ShopEvent[]; readonly refunds: ShopEvent[] }>();
  for (const unit of decided) {
    const person = people.of(unit.shopper);
    const known = units.get(person);
    if (known === undefined || unit.askedAtMs < known.unit.askedAtMs) units.set(person, { unit, purchases: [], refunds: [] });
  }
  for await (const page of read()) {
    for (const event of page) {
      if (event.mark !== undefined || (event.event !== 'purchase' && event.event !== 'refund')) continue;
      const owner = people.candidates(event).find((one) => units.has(one));
      if (owner === undefined) continue;
      const { unit, purchases, refunds } = units.get(owner)!;
      const sinceMs = event.eventTimeMs - unit.asOfMs;
      if (knowableAtMs(event) <= unit.askedAtMs || sinceMs < 0) continue;
      if (event.event === 'refund') {
        if (sinceMs <= unit.horizonMs + refundWindowMs) refunds.push(event);
      } else if (sinceMs <= unit.horizonMs) purchases.push(event);
    }
    await setImmediate();
  }
  return [...units.values()].map(({ unit, purchases, refunds }) => ({ unit, ...keptMargin(purchases, refunds, marginOf) }));
}
