import type { ExperimentDetail as Detail } from '@tillcast/api/experiments';
import { useExperiment, useResults } from '../api.ts';
import { moment } from '../format.ts';
import { Trouble } from '../trouble.tsx';
import { Waiting } from '../waiting.tsx';
import { AllFigures } from './all-figures.tsx';
import { Guardrails } from './guardrails.tsx';
import { leftOut } from './reading.ts';
import { SplitCheck } from './split-check.tsx';
import { VariantsTable } from './variants-table.tsx';
import { Verdict } from './verdict.tsx';

/** One experiment: first what to do, then what that rests on. */
export function ExperimentDetail({ id }: { id: string }) {
  const { data, trouble } = useExperiment(id);
  if (data === undefined)
    return trouble?.status === 404 ? (
      <section className="panel answer">
        <h2>{id}</h2>
        <p>There is no experiment of this name. The list has those there are.</p>
      </section>
    ) : trouble ? (
      <Trouble trouble={trouble} />
    ) : (
      <Waiting what={`the experiment ${id}`} />
    );
  return data.experiment.state === 'draft' ? <Draft detail={data} /> : <Started detail={data} />;
}

function Draft({ detail: { experiment } }: { detail: Detail }) {
  return (
    <section className="panel answer">
      <h2>{experiment.experiment_id}</h2>
      <p className="verdict">Not started: it assigns nobody yet.</p>
      <Purpose config={experiment.config} />
      <p>
        Nothing can be known before it runs. Start it with <code>tillcast experiment start {experiment.experiment_id}</code>; how
        long it will take says <code>tillcast experiment power --base 0.03 --lift 0.15 --per-day 3000</code>, with your own
        purchase rate and shoppers a day.
      </p>
      <Notes notes={experiment.notes} />
    </section>
  );
}

function Purpose({ config: { description } }: { config: Readonly<Record<string, unknown>> }) {
  return typeof description === 'string' ? <p className="purpose">{description}</p> : null;
}

function Notes({ notes }: { notes: readonly string[] }) {
  return notes.length === 0 ? null : (
    <section>
      <h3>To know before believing it</h3>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

function Started({ detail: { experiment, units } }: { detail: Detail }) {
  const { data: results, trouble } = useResults(experiment.experiment_id, true);
  return (
    <article className="panel answer">
      <h2>{experiment.experiment_id}</h2>
      <Purpose config={experiment.config} />
      {trouble ? <Trouble trouble={trouble} hasOld={results !== undefined} /> : null}
      {results === undefined && trouble === undefined ? <Waiting what="its results" /> : null}
      {results === undefined ? null : (
        <>
          <Verdict results={results} />
          <VariantsTable results={results} units={units} />
          <div className="two">
            <SplitCheck results={results} />
            <Guardrails results={results} />
          </div>
          {leftOut(results).length === 0 ? null : <p className="note">Units left out: {leftOut(results).join('; ')}.</p>}
          <AllFigures results={results} />
          <Notes notes={[...new Set([...results.notes, ...experiment.notes])]} />
          <p className="note">
            As of {moment(results.as_of)}. {experiment.change} by {experiment.by}
            {experiment.why === '' ? '' : `: ${experiment.why}`}.
          </p>
        </>
      )}
    </article>
  );
}
