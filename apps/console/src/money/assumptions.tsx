import type { RoiAnswer } from '@tillcast/api/reports';
import { words } from '../format.ts';

const sources = { setting: 'the shop said so', default: 'nobody said otherwise', missing: 'nobody said: it is missing' } as const;

/** What the ledger takes for granted, and where to change it. */
export function Assumptions({ assumptions }: Pick<RoiAnswer, 'assumptions'>) {
  return (
    <details open={assumptions.some(({ source }) => source === 'missing')}>
      <summary>What is taken for granted, and where to change it</summary>
      <table className="folding">
        <thead>
          <tr>
            <th scope="col">Assumption</th>
            <th scope="col">Taken as</th>
            <th scope="col">Because</th>
            <th scope="col">Changed in</th>
          </tr>
        </thead>
        <tbody>
          {assumptions.map(({ name, value, unit, source, edit }) => (
            <tr key={name}>
              <th scope="row">
                {words(name)}
                <small>{unit}</small>
              </th>
              <td data-label="Taken as">{value === null ? 'not known' : String(value)}</td>
              <td data-label="Because" className={source === 'missing' ? 'alarm' : undefined}>
                {sources[source]}
              </td>
              <td data-label="Changed in">{edit}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
