import type { ModelVersion } from '@tillcast/api/models';
import { type Figure, figure } from './figures.ts';
import { horizon } from './format.ts';

/** What answers, and how good it was on data it had not seen: each figure with its 95 % interval. */
export function ModelStrip({ model }: { model: ModelVersion | undefined }) {
  if (!model) return null;
  const members = model.members
    .filter((member) => (member.weight ?? 1) > 0)
    .map((member) => `${member.name}${member.weight === null ? '' : ` ${member.weight.toFixed(2)}`}`)
    .join(' · ');
  const constant = figure(model, 'constant', 'log_loss');
  const figures = [
    { name: 'ROC AUC', text: withInterval(figure(model, 'ensemble', 'roc_auc')), hint: '95 % interval, test window' },
    {
      name: 'Log loss',
      text: withInterval(figure(model, 'ensemble', 'log_loss'), 4),
      hint: constant ? `always the base rate: ${constant[0].toFixed(4)}` : 'lower is better',
    },
    {
      name: 'Calibration error (ECE)',
      text: withInterval(figure(model, 'ensemble', 'ece'), 4),
      hint: '0 = perfectly calibrated',
    },
    { name: 'Lift, top 5 %', text: withInterval(figure(model, 'ensemble', 'lift_at_5'), 1), hint: 'times the average rate' },
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

/** `0.742 (0.713–0.768)`: no figure without its interval. */
function withInterval(found: Figure | undefined, digits = 3): string | undefined {
  if (!found) return undefined;
  const [point, low, high] = found.map((part) => part.toFixed(digits));
  return `${point} (${low}–${high})`;
}
