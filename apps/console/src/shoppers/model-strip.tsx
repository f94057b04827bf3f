import type { ModelVersion } from '@tillcast/api/models';
import { horizon } from '../format.ts';
import { figure } from './figures.ts';

/** What answers, and how good it was on data it had not seen: each figure with its 95 % interval. */
export function ModelStrip({ model }: { model: ModelVersion | undefined }) {
  if (!model) return null;
  const members = model.members
    .filter((member) => (member.weight ?? 1) > 0)
    .map((member) => `${member.name}${member.weight === null ? '' : ` ${member.weight.toFixed(2)}`}`)
    .join(' · ');
  const constant = figure(model, 'constant', 'log_loss');
  const figures = [
    { name: 'ROC AUC', found: figure(model, 'ensemble', 'roc_auc'), digits: 3, hint: 'on a later window' },
    {
      name: 'Log loss',
      found: figure(model, 'ensemble', 'log_loss'),
      digits: 3,
      hint: constant ? `always the base rate: ${constant[0].toFixed(3)}` : 'lower is better',
    },
    { name: 'Calibration error (ECE)', found: figure(model, 'ensemble', 'ece'), digits: 3, hint: '0 = perfectly calibrated' },
    { name: 'Lift, top 5 %', found: figure(model, 'ensemble', 'lift_at_5'), digits: 1, hint: 'times the average rate' },
  ];
  return (
    <dl className="cards">
      <div className="card">
        <dt>Champion</dt>
        <dd>{model.target === 'item' ? 'buys this item' : 'buys in this visit'}</dd>
        <small>
          within {horizon(model.horizon)} · {members}
        </small>
      </div>
      {figures.map(({ name, found, digits, hint }) =>
        found === undefined ? null : (
          <div className="card" key={name}>
            <dt>{name}</dt>
            <dd>{found[0].toFixed(digits)}</dd>
            <small>
              95 %: {found[1].toFixed(digits)}–{found[2].toFixed(digits)} · {hint}
            </small>
          </div>
        ),
      )}
    </dl>
  );
}
