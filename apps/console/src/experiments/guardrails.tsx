import type { ExperimentResults } from '@tillcast/api/experiment-results';
import { percent, words } from '../format.ts';
import { type Comparison, decisive, sayLift } from './reading.ts';

const states = {
  held: '✓ kept: it is proven not to have fallen further than it may',
  open: '… not known yet: neither kept nor broken is proven',
  broken: '■ broken: it is proven to have fallen by more than it may',
} as const;

/** The metrics that must not fall, and how each stands. */
export function Guardrails({ results: { comparisons } }: { results: ExperimentResults }) {
  const guarded = comparisons.filter(({ guardrail, role }) => guardrail !== undefined || role === 'guardrail');
  return (
    <section>
      <h3>Guardrails</h3>
      {guarded.length === 0 ? (
        <p>
          None is registered. <code>{'guardrails: [{metric: margin, max_drop: 0.05}]'}</code> in its file stops a variant that
          harms.
        </p>
      ) : (
        <ul>
          {guarded.map((one) => (
            <li key={`${one.variant} ${one.metric}`} className={one.guardrail?.state === 'broken' ? 'alarm' : undefined}>
              <Guardrail comparison={one} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Guardrail({ comparison }: { comparison: Comparison }) {
  const { variant, metric, guardrail, not_measurable: reason } = comparison;
  const { relative_lift: lift } = decisive(comparison);
  return (
    <>
      <b>
        {words(metric)} of {variant}
      </b>
      {guardrail === undefined ? (
        <> … not known yet: {reason}</>
      ) : (
        <>
          {' '}
          {states[guardrail.state]}
          <small>
            {lift === null ? 'change not measurable' : sayLift(lift)}; a drop of {percent(guardrail.max_drop)} is borne
          </small>
        </>
      )}
    </>
  );
}
