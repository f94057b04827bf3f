/** What the profit curve is asked with, as typed; '' = left out. Amounts in the shop's currency, the effect in per cent. */
export interface Question {
  readonly target: 'item' | 'session';
  readonly treatment: string;
  readonly contact: string;
  readonly discount: string;
  readonly margin: string;
  readonly effect: string;
}

const cents = (typed: string): string => String(Math.round(Number(typed) * 100));

/** The query of the performance report. */
export function queryOf({ target, treatment, contact, discount, margin, effect }: Question): string {
  const query = new URLSearchParams({ target });
  if (treatment !== '') query.set('treatment', treatment);
  if (contact !== '') query.set('contact_cents', cents(contact));
  if (discount !== '') query.set('discount_cents', cents(discount));
  if (margin !== '') query.set('margin_cents', cents(margin));
  if (effect !== '') query.set('assumed_effect', String(Number(effect) / 100));
  return query.toString();
}
