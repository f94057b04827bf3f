import { useSegment } from '../api.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { count, day } from '../format.ts';
import { useInSight } from './use-in-sight.ts';

/** How a segment's size went from stock to stock. */
export function SizeHistory({ id }: { id: string }) {
  const [ref, isInSight] = useInSight<HTMLDivElement>();
  const { data, trouble } = useSegment(id, isInSight);
  const history = data?.history ?? [];
  const [first, last] = [history[0], history.at(-1)];
  return (
    <div ref={ref} className="history">
      {first === undefined || last === undefined ? (
        <span className="note">{trouble === undefined ? '…' : 'not to be had now'}</span>
      ) : history.length === 1 ? (
        <span className="note">one stock so far</span>
      ) : (
        <>
          <Sparkline
            values={history.map(({ size }) => size)}
            label={`${count(first.size)} on ${day(first.taken_at)}, ${count(last.size)} on ${day(last.taken_at)}`}
          />
          <small>
            {count(first.size)} → {count(last.size)} in {history.length} stocks
          </small>
        </>
      )}
    </div>
  );
}
