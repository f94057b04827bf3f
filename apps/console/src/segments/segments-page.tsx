import { useSegments } from '../api.ts';
import { count, moment } from '../format.ts';
import { Trouble } from '../trouble.tsx';
import { Waiting } from '../waiting.tsx';
import { Realised } from './badge.tsx';
import { groupsOf } from './groups.ts';
import { IntentBuckets } from './intent-buckets.tsx';
import { NoStock } from './no-stock.tsx';
import { SegmentTable } from './segment-table.tsx';

/** Segments: whom to address, how many they are, and what may be expected of them. */
export function SegmentsPage() {
  const { data, trouble } = useSegments();
  if (data === undefined) return <main>{trouble ? <Trouble trouble={trouble} /> : <Waiting what="the segments" />}</main>;
  const { taken_at: takenAt, shoppers, segments, intent, realised } = data;
  return (
    <main className="stack">
      {trouble ? <Trouble trouble={trouble} hasOld /> : null}
      {takenAt === null ? (
        <NoStock />
      ) : (
        <>
          <section className="panel answer">
            <h2>
              {count(shoppers)} shoppers, as of {moment(takenAt)}
            </h2>
            <p>
              A server takes stock each night, <code>tillcast segments take</code> at once. Amounts are in the shop’s currency.
            </p>
            <p>
              How foretold purchases came true: <Realised realised={realised} isLong />
            </p>
          </section>
          {groupsOf(segments).map((group) => (
            <SegmentTable key={group.title} group={group} takenAt={takenAt} />
          ))}
          <IntentBuckets intent={intent} />
        </>
      )}
    </main>
  );
}
