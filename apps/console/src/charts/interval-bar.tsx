import type { Figure } from './figure.ts';
import { linear, type Range } from './scale.ts';

interface Props {
  readonly figure: Figure;
  /** Shared by the bars that are read together. */
  readonly range: Range;
  /** What it says, in words: charts are for eyes alone. */
  readonly label: string;
  readonly tone?: 'up' | 'down' | 'open';
}

/** A figure and how far chance reaches, beside others on the same scale; a line marks 0 where the scale holds it, an arrow an end that lies beyond it. */
export function IntervalBar({ figure: [value, low, high], range, label, tone = 'open' }: Props) {
  const x = linear(range, [1, 99]);
  const [left, right] = [x(low ?? range[0]), x(high ?? range[1])];
  return (
    <svg className={`interval ${tone}`} viewBox="0 0 100 18" preserveAspectRatio="none" role="img" aria-label={label}>
      <line className="track" x1={1} x2={99} y1={9} y2={9} />
      {range[0] < 0 && range[1] > 0 ? <line className="zero" x1={x(0)} x2={x(0)} y1={0} y2={18} /> : null}
      <rect x={left} width={Math.max(0.6, right - left)} y={5.5} height={7} />
      {(high ?? Number.POSITIVE_INFINITY) > range[1] ? <path className="beyond" d="M96 2 L100 9 L96 16 Z" /> : null}
      {(low ?? Number.NEGATIVE_INFINITY) < range[0] ? <path className="beyond" d="M4 2 L0 9 L4 16 Z" /> : null}
      <line className="value" x1={x(value)} x2={x(value)} y1={2} y2={16} />
    </svg>
  );
}
