import type { ExperimentResults } from '@tillcast/api/experiment-results';
import { words } from '../format.ts';
import { decisive, sayLift } from './reading.ts';

const roles = {
  primary: 'decides',
  guardrail: 'must not fall',
  secondary: 'informs',
  shown: 'shown; never decides',
} as const;

/** Every metric of every variant as a table, for whoever wants to read on. */
export function AllFigures({ results: { comparisons } }: { results: ExperimentResults }) {
  return comparisons.length === 0 ? null : (
    <details>
      <summary>Every metric</summary>
      <table className="folding">
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">Metric</th>
            <th scope="col">Lift</th>
            <th scope="col">Its part</th>
          </tr>
        </thead>
        <tbody>
          {comparisons.map((one) => {
            const { difference, relative_lift: lift } = decisive(one);
            return (
              <tr key={`${one.variant} ${one.metric}`}>
                <th scope="row">{one.variant}</th>
                <td data-label="Metric">{words(one.metric)}</td>
                <td data-label="Lift">
                  {lift !== null
                    ? sayLift(lift)
                    : difference === null
                      ? `not known: ${one.not_measurable}`
                      : 'not known: the control’s value cannot be told from 0'}
                </td>
                <td data-label="Its part">{roles[one.role]}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}
