import { type FormEvent, useState } from 'react';
import type { Question } from './question.ts';

interface Props {
  readonly asked: Question;
  /** Those whose cost the shop has told. */
  readonly treatments: readonly string[];
  readonly currency: string | null;
  readonly onAsk: (question: Question) => void;
}

const amounts = [
  ['contact', 'Cost of giving it once'],
  ['discount', 'Discount off an order'],
  ['margin', 'Margin of an order'],
] as const;

/** Asks what treating somebody costs and is assumed to change; what is left empty is the shop's own. */
export function PriceForm({ asked, treatments, currency, onAsk }: Props) {
  const [typed, setTyped] = useState(asked);
  const set = (name: keyof Question) => (event: { target: { value: string } }) =>
    setTyped((before) => ({ ...before, [name]: event.target.value }) as Question);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk(typed);
  };
  return (
    <form className="ask" onSubmit={submit}>
      {treatments.length === 0 ? null : (
        <label>
          Treatment
          <select value={typed.treatment} onChange={set('treatment')}>
            <option value="">none of these</option>
            {treatments.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {amounts.map(([name, label]) => (
        <label key={name}>
          {label}
          {currency === null ? '' : ` (${currency})`}
          <input
            type="number"
            step="0.01"
            min="0"
            value={typed[name]}
            placeholder={name !== 'margin' && typed.treatment === '' ? 'not given' : 'as the shop says'}
            onChange={set(name)}
          />
        </label>
      ))}
      <label>
        Assumed effect (%)
        <input type="number" step="0.1" value={typed.effect} placeholder="none" onChange={set('effect')} />
      </label>
      <button type="submit">Draw</button>
    </form>
  );
}
