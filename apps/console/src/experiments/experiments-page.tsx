import type { Experiment } from '@tillcast/api/experiments';
import { useExperiments } from '../api.ts';
import { Trouble } from '../trouble.tsx';
import { Waiting } from '../waiting.tsx';
import { ExperimentDetail } from './experiment-detail.tsx';
import { ExperimentList } from './experiment-list.tsx';
import { FirstExperiment } from './first-experiment.tsx';

const weight: Record<Experiment['state'], number> = { running: 0, stopped: 1, draft: 2 };

/** Experiments: what is tried, and whether it is known yet. */
export function ExperimentsPage({ chosen }: { chosen: string | undefined }) {
  const { data, trouble } = useExperiments();
  if (data === undefined) return <main>{trouble ? <Trouble trouble={trouble} /> : <Waiting what="the experiments" />}</main>;
  const { experiments } = data;
  const shown = chosen ?? experiments.toSorted((a, b) => weight[a.state] - weight[b.state])[0]?.experiment_id;
  return (
    <main>
      {trouble ? <Trouble trouble={trouble} hasOld /> : null}
      {shown === undefined ? (
        <FirstExperiment />
      ) : (
        <div className="with-list">
          <ExperimentList experiments={experiments} shown={shown} />
          <ExperimentDetail key={shown} id={shown} />
        </div>
      )}
    </main>
  );
}
