import type { ReactNode } from 'react';
import { linear, type Range, type Scale, ticks } from './scale.ts';
import { useWidth } from './use-width.ts';

const height = 220;
const margin = { top: 10, right: 14, bottom: 26, left: 66 };

interface Props {
  readonly label: string;
  readonly y: Range;
  readonly sayY: (value: number) => string;
  readonly x: Range;
  /** What stands below, and where. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  readonly children: (x: Scale, y: Scale) => ReactNode;
}

/** Axes of a chart, drawn to the width there is. */
export function Frame({ label, x: xRange, y: yRange, sayY, marks, children }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const x = linear(xRange, [margin.left, Math.max(margin.left + 60, width - margin.right)]);
  // A phone has room for the ends alone, and for what lies halfway.
  const shown = width >= 480 || marks.length <= 3 ? marks : marks.filter((_, index) => index % ((marks.length - 1) / 2) === 0);
  const y = linear(yRange, [height - margin.bottom, margin.top]);
  return (
    <div className="frame" ref={ref}>
      <svg width={width} height={height} role="img" aria-label={label}>
        {ticks(yRange, 4).map((value) => (
          <g key={value}>
            <line className={value === 0 ? 'zero' : 'grid'} x1={x(xRange[0])} x2={x(xRange[1])} y1={y(value)} y2={y(value)} />
            <text x={margin.left - 8} y={y(value) + 4} textAnchor="end">
              {sayY(value)}
            </text>
          </g>
        ))}
        {children(x, y)}
        {shown.map(({ at, text }, index) => (
          <text
            key={text}
            x={x(at)}
            y={height - 8}
            textAnchor={index === 0 ? 'start' : index === shown.length - 1 ? 'end' : 'middle'}
          >
            {text}
          </text>
        ))}
      </svg>
    </div>
  );
}
