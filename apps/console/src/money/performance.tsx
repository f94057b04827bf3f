import { useState } from 'react';
import { usePerformance } from '../api.ts';
import { count, day } from '../format.ts';
import { Trouble } from '../trouble.tsx';
import { Waiting } from '../waiting.tsx';
import { PriceForm } from './price-form.tsx';
import { Profit } from './profit.tsx';
import { type Question, queryOf } from './question.ts';
import { Slices } from './slices.tsx';

interface Props {
  readonly target: 'item' | 'session';
  readonly treatments: readonly string[];
  readonly currency: string | null;
}

/** Whom it would pay to treat, and how good the predictions were. */
export function Performance({ target, treatments, currency }: Props) {
  const [asked, setAsked] = useState<Question>({
    ...{ target, treatment: treatments[0] ?? '', contact: '', discount: '', margin: '', effect: '' },
  });
  const { data, trouble } = usePerformance(queryOf(asked));
  return (
    <>
      <section className="panel answer">
        <h2>Whom would it pay to treat?</h2>
        <PriceForm asked={asked} treatments={treatments} currency={currency} onAsk={setAsked} />
        {trouble ? <Trouble trouble={trouble} hasOld={data !== undefined} /> : null}
        {data ? <Profit report={data} currency={currency} /> : trouble ? null : <Waiting what="the profit curve" />}
      </section>
      {data === undefined ? null : (
        <section className="panel answer">
          <h2>How good were the predictions?</h2>
          <p>
            {day(data.from)} to {day(data.until)}. Figures have 95 % intervals by shopper.
            {data.waiting === 0 ? '' : ` ${count(data.waiting)} predictions wait for their window to close.`}
            {data.left_out === 0
              ? ''
              : ` A sample of shoppers is measured; ${count(data.left_out)} predictions of others are not.`}
          </p>
          <Slices report={data} />
        </section>
      )}
    </>
  );
}
