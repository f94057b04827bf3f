import type { ModelVersion } from '@tillcast/api/models';
import { horizon, withInterval } from './format.ts';

/** What answers, and how good it was on data it had not seen: each figure with its 95 % interval. */
export function ModelStrip({ model }: { model: ModelVersion | undefined }) {
  if (!model) return null;
  const members = model.members
    .filter((member) => (member.weight ?? 1) > 0)
    .map((member) => `${member.name}${member.weight === null ? '' : ` ${member.weight.toFixed(2)}`}`)
    .join(' · ');
  const figures = [
    { name: 'ROC AUC', text: withInterval(model.metrics.roc_auc), hint: '95 % interval, test window' },
    { name: 'Log loss', text: withInterval(model.metrics.log_loss), hint: constant(model) },
    { name: 'Calibration error (ECE)', text: withInterval(model.metrics.ece), hint: '0 = perfectly calibrated' },
    { name: 'Lift, top 5 %', text: withInterval(model.metrics.lift_5, 1), hint: 'times the average rate' },
  ];
  return (
    <dl className="cards">
      <div className="card">
        <dt>Champion “{model.name}”</dt>
        <dd>buys within {horizon(model.horizon)}</dd>
        <small>{members}</small>
      </div>
      {figures.map(({ name, text, hint }) =>
        text === undefined ? null : (
          <div className="card" key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
            <small>{hint}</small>
          </div>
        ),
      )}
    </dl>
  );
}

function constant(model: ModelVersion): string {
  const baseline = model.metrics.baseline_log_loss;
  const point = Array.isArray(baseline) ? baseline[0] : baseline;
  return typeof point === 'number' ? `always the base rate: ${point.toFixed(3)}` : 'lower is better';
}
