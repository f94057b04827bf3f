import type { Reason } from '@tillcast/api/shoppers';
import { value, words } from '../format.ts';

const rowHeight = 22;
const middle = 250;
const reach = 86;

/** What moved the answer, up or down, in log-odds; widths are to scale. */
export function Contributions({ reasons }: { reasons: readonly Reason[] }) {
  const scale = reach / Math.max(0.1, ...reasons.map((reason) => Math.abs(reason.contribution)));
  return (
    <svg
      className="waterfall"
      viewBox={`0 0 380 ${reasons.length * rowHeight + 4}`}
      role="img"
      aria-label="Contributions in log-odds"
    >
      <line x1={middle} x2={middle} y1={0} y2={reasons.length * rowHeight} />
      {reasons.map((reason, index) => {
        const width = Math.abs(reason.contribution) * scale;
        const up = reason.contribution > 0;
        return (
          <g key={reason.feature} transform={`translate(0 ${index * rowHeight})`}>
            <text x={0} y={15}>
              {words(reason.feature)}
              <tspan className="quiet"> {value(reason.value)}</tspan>
            </text>
            <rect
              className={up ? 'up' : 'down'}
              x={up ? middle : middle - width}
              y={4}
              width={Math.max(1, width)}
              height={14}
              rx={2}
            />
            <text className="quiet" x={up ? middle + width + 4 : middle - width - 4} y={15} textAnchor={up ? 'start' : 'end'}>
              {up ? '+' : '−'}
              {Math.abs(reason.contribution).toFixed(2)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
