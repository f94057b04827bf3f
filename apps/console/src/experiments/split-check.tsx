import type { ExperimentResults } from '@tillcast/api/experiment-results';
import { count, percent } from '../format.ts';

/** Whether units fell as designed: where not, no figure means what it says. */
export function SplitCheck({ results: { srm, variants } }: { results: ExperimentResults }) {
  const seen = srm.observed.reduce((sum, units) => sum + units, 0);
  const designed = srm.designed.reduce((sum, weight) => sum + weight, 0);
  return (
    <section>
      <h3>Split (sample ratio)</h3>
      {seen === 0 ? (
        <p>Not known yet: nobody counts so far.</p>
      ) : srm.alarm ? (
        <p className="alarm">
          ■ The split is wrong{srm.daily?.first_alarm_day === undefined ? '' : `, since day ${srm.daily.first_alarm_day}`}. Units
          are lost or counted twice: find where before believing any figure here.
        </p>
      ) : (
        <p>
          ✓ Units fell as designed
          {srm.daily === undefined ? '' : `, looked at on ${srm.daily.looks} ${srm.daily.looks === 1 ? 'day' : 'days'}`}.
        </p>
      )}
      {seen === 0 ? null : (
        <ul className="note">
          {Object.keys(variants).map((name, arm) => (
            <li key={name}>
              {name}: {count(srm.observed[arm]!)} units, {percent(srm.observed[arm]! / seen)} where{' '}
              {percent(srm.designed[arm]! / designed)} was designed
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
