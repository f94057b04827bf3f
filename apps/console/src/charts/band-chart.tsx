import type { Figure } from './figure.ts';
import { Frame } from './frame.tsx';
import { type Range, rangeOf } from './scale.ts';

/** A figure by the end of a day. */
interface BandPoint {
  readonly name: string;
  readonly figure: Figure;
}

interface Props {
  /** Oldest first. */
  readonly points: readonly BandPoint[];
  readonly say: (value: number) => string;
  readonly sayName: (name: string) => string;
  readonly label: string;
}

/** The range of the values, and of the band where it has narrowed: its first days would leave no room for the rest. */
function rangeOfBand(points: readonly BandPoint[]): Range {
  const late = points.slice(Math.floor(points.length / 3));
  const [from, to] = rangeOf(
    late.flatMap(({ figure }) => figure),
    [0, ...points.map(({ figure: [value] }) => value)],
  );
  const room = (to - from) * 0.05;
  return [from - room, to + room];
}

/** A figure over days with the band that holds the truth. */
export function BandChart({ points, say, sayName, label }: Props) {
  const last = points.length - 1;
  const middle = Math.floor(last / 2);
  const named = [...new Set([0, ...(last > 3 ? [middle] : []), last])].map((at) => ({ at, text: sayName(points[at]!.name) }));
  return (
    <Frame label={label} x={[0, Math.max(1, last)]} y={rangeOfBand(points)} sayY={say} marks={named}>
      {(x, y) => {
        const tops = points.map(({ figure: [, , high] }, at) => `${x(at)},${y(high ?? Number.POSITIVE_INFINITY)}`);
        const bottoms = points.map(({ figure: [, low] }, at) => `${x(at)},${y(low)}`);
        return (
          <>
            <polygon className="band" points={[...tops, ...bottoms.reverse()].join(' ')} />
            <polyline className="line" points={points.map(({ figure: [value] }, at) => `${x(at)},${y(value)}`).join(' ')} />
          </>
        );
      }}
    </Frame>
  );
}
