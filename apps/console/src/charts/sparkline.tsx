import { linear } from './scale.ts';

/** How a number went, oldest first, from 0 up; one that was counted once is a line. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const y = linear([0, Math.max(1, ...values)], [22, 2]);
  const x = linear([0, Math.max(1, values.length - 1)], [1, 99]);
  const all = values.length === 1 ? [values[0]!, values[0]!] : values;
  const line = all.map((value, index) => `${x(index)},${y(value)}`).join(' ');
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <polygon points={`1,22 ${line} 99,22`} />
      <polyline points={line} />
    </svg>
  );
}
