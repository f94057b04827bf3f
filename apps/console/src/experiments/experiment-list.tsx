import type { Experiment } from '@tillcast/api/experiments';
import { day } from '../format.ts';
import { experimentAddress } from '../route.ts';
import { type Phase, phaseOf } from './reading.ts';

const headings: readonly [Phase, string][] = [
  ['running', 'Running'],
  ['planned', 'Planned'],
  ['stopped', 'Stopped'],
];

/** When the last thing happened to it. */
function since({ state, config, started_at, stopped_at, changed_at }: Experiment): string {
  if (state === 'draft') return `written down ${day(changed_at)}`;
  if (state === 'stopped') return `stopped ${day(stopped_at ?? changed_at)}`;
  const { start_at: startAt } = config;
  const from = typeof startAt === 'string' && startAt > (started_at ?? '') ? startAt : started_at;
  return `since ${day(from ?? changed_at)}`;
}

/** All experiments by where they are in their life, as links. */
export function ExperimentList({ experiments, shown }: { experiments: readonly Experiment[]; shown: string }) {
  const nowMs = Date.now();
  return (
    <nav className="panel list" aria-label="Experiments">
      {headings.map(([phase, heading]) => {
        const those = experiments.filter((one) => phaseOf(one, nowMs) === phase);
        return (
          <section key={phase}>
            <h2>{heading}</h2>
            {those.length === 0 ? <p className="note">none</p> : null}
            <ul>
              {those.map((one) => (
                <li key={one.experiment_id}>
                  <a href={experimentAddress(one.experiment_id)} aria-current={one.experiment_id === shown ? 'true' : undefined}>
                    {one.experiment_id}
                    <small>{since(one)}</small>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}
