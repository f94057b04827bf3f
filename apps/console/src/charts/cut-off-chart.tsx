import { percent } from '../format.ts';
import { Frame } from './frame.tsx';
import { type Range, rangeOf } from './scale.ts';

interface Props {
  /** By share, from nobody to everybody. */
  readonly points: readonly { readonly share: number; readonly value: number }[];
  readonly best: number;
  readonly interval: Range;
  readonly say: (value: number) => string;
  readonly label: string;
}

/** What is earned by the share that is treated, with the best cut-off and where it may lie. */
export function CutOffChart({ points, best, interval: [from, to], say, label }: Props) {
  const range = rangeOf(
    points.map(({ value }) => value),
    [0],
  );
  const marks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: at === 0 ? 'nobody' : at === 1 ? 'everybody' : percent(at) }));
  return (
    <Frame label={label} x={[0, 1]} y={range} sayY={say} marks={marks}>
      {(x, y) => (
        <>
          <rect
            className="band"
            x={x(from)}
            width={Math.max(1, x(to) - x(from))}
            y={y(range[1])}
            height={y(range[0]) - y(range[1])}
          />
          <line className="best" x1={x(best)} x2={x(best)} y1={y(range[0])} y2={y(range[1])} />
          <polyline className="line" points={points.map(({ share, value }) => `${x(share)},${y(value)}`).join(' ')} />
        </>
      )}
    </Frame>
  );
}
