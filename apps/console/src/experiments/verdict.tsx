import type { ExperimentResults } from '@tillcast/api/experiment-results';
import { words } from '../format.ts';
import { partsOf, sayMean } from './reading.ts';

const marks: Record<ExperimentResults['decision']['action'], string> = { ship: '✓', stop: '■', not_yet: '…' };

/** What to do, in the report's own words. */
export function Verdict({ results }: { results: ExperimentResults }) {
  const { verdict, decision } = results;
  const { headline, rest } = partsOf(verdict);
  return (
    <div className={`verdict-box ${decision.action}`}>
      <p className={`verdict ${headline.length > 90 ? 'long' : ''}`}>
        <span className="mark" aria-hidden="true">
          {marks[decision.action]}
        </span>
        {headline}
      </p>
      {rest === '' ? null : <p className="note">{rest}</p>}
      <BestSoFar results={results} />
    </div>
  );
}

/** Who leads, and whether that is more than luck; nothing where the split is wrong. */
function BestSoFar({ results: { best_so_far: best, decision_metric: metric, srm } }: { results: ExperimentResults }) {
  if (best === null || best.mean === null || srm.alarm) return null;
  return (
    <p className="note">
      Best so far by {words(metric)}: {best.variant}, {sayMean(metric, best.mean)};{' '}
      {best.is_known ? 'that is known.' : 'that may be luck: it is not known yet.'}
    </p>
  );
}
