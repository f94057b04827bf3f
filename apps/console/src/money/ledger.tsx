import type { RoiAnswer } from '@tillcast/api/reports';
import { BandChart } from '../charts/band-chart.tsx';
import { ExportLink } from '../export-link.tsx';
import { day, gain, moment } from '../format.ts';
import { Assumptions } from './assumptions.tsx';
import { LedgerDays } from './ledger-days.tsx';
import { LedgerLines } from './ledger-lines.tsx';
import { Sums } from './sums.tsx';

const marks: Record<RoiAnswer['state'], string> = { measured: '✓', not_yet: '…', not_measurable: '?' };

/** How an answer is coloured: green or amber only where the interval excludes 0. */
function toneOf({ state, total }: RoiAnswer): 'ship' | 'stop' | 'not_yet' {
  if (state !== 'measured' || total === null) return 'not_yet';
  const [, low, high] = total.net_cents;
  return low > 0 ? 'ship' : high < 0 ? 'stop' : 'not_yet';
}

/** What is said first, and the rest of it. */
function partsOf(verdict: string): [headline: string, rest: string] {
  const at = verdict.search(/[.;] /);
  return at < 0 ? [verdict, ''] : [verdict.slice(0, at), verdict.slice(at + 2)];
}

/** What treating shoppers earned beyond what they would have brought anyway, less what it cost; or why nobody can say yet. */
export function Ledger({ ledger }: { ledger: RoiAnswer }) {
  const { state, verdict, total, currency, as_of: asOf, lines, left_out: leftOut, notes } = ledger;
  const [headline, rest] = partsOf(verdict);
  const tone = toneOf(ledger);
  const say = (cents: number) => gain(cents, currency);
  return (
    <section className="panel answer">
      <h2>Did it pay?</h2>
      <div className={`verdict-box ${tone}`}>
        <p className={`verdict ${headline.length > 90 ? 'long' : ''}`}>
          <span className="mark" aria-hidden="true">
            {state === 'measured' && tone === 'stop' ? '■' : marks[state]}
          </span>
          {headline}
        </p>
        {rest === '' ? null : <p>{rest}</p>}
      </div>
      {lines.length > 0 ? null : (
        <p>
          The page <a href="#/experiments">Experiments</a> shows how the first one is made.
        </p>
      )}
      {total === null ? null : (
        <>
          <Sums total={total} currency={currency} state={state} />
          {total.days.length < 2 ? null : (
            <>
              <h3>Net so far, by the end of each day, with the band that holds it at every look (95 %)</h3>
              <BandChart
                points={total.days.map(({ day: name, net_cents: figure }) => ({ name, figure }))}
                say={say}
                sayName={day}
                label={`Net from ${day(total.days[0]!.day)} to ${day(total.days.at(-1)!.day)}: ${say(total.net_cents[0])}, interval ${say(total.net_cents[1])} to ${say(total.net_cents[2])}`}
              />
              <LedgerDays days={total.days} currency={currency} />
            </>
          )}
        </>
      )}
      <LedgerLines lines={lines} leftOut={leftOut} currency={currency} />
      <Assumptions assumptions={ledger.assumptions} />
      {notes.length === 0 ? null : (
        <details>
          <summary>To know before believing it</summary>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
      <p className="note">
        As of {moment(asOf)}.{' '}
        {total === null ? null : (
          <ExportLink href="/v1/reports/roi?format=csv" name="roi.csv" label="The ledger as CSV" text="Every row as CSV" />
        )}
      </p>
    </section>
  );
}
