import type { SegmentSummary } from '@tillcast/api/segments';
import { ExportLink } from '../export-link.tsx';
import { count, expected, percent } from '../format.ts';
import { Realised } from './badge.tsx';
import type { SegmentGroup } from './groups.ts';
import { SizeHistory } from './size-history.tsx';

/** Segments of one kind, a line each. */
export function SegmentTable({ group: { title, about, segments }, takenAt }: { group: SegmentGroup; takenAt: string }) {
  return (
    <section className="panel">
      <h2>{title}</h2>
      <p className="lead">{about}</p>
      <table className="folding even segments">
        <thead>
          <tr>
            <th scope="col">Segment</th>
            <th scope="col">Members</th>
            <th scope="col">Expected to buy now</th>
            <th scope="col">Expected value</th>
            <th scope="col">Size over time</th>
            <th scope="col">Came true</th>
            <th scope="col">Export</th>
          </tr>
        </thead>
        <tbody>
          {segments.map((segment) => (
            <Line key={segment.id} segment={segment} takenAt={takenAt} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ segment, takenAt }: { segment: SegmentSummary; takenAt: string }) {
  const { id, title, membership, size, share, realised } = segment;
  return (
    <tr>
      <th scope="row">
        {title}
        <small>
          <code>{membership}</code>
        </small>
      </th>
      <td data-label="Members">
        <b>{count(size)}</b>
        <small>{percent(share)} of all</small>
      </td>
      <td data-label="Expected to buy now">
        <Buyers segment={segment} />
      </td>
      <td data-label="Expected value">
        <Value segment={segment} />
      </td>
      <td data-label="Size over time">
        <SizeHistory id={id} />
      </td>
      <td data-label="Came true">
        <Realised realised={realised} />
      </td>
      <td data-label="Export">
        {size === 0 ? (
          <span className="note">nobody</span>
        ) : (
          <ExportLink
            href={`/v1/segments/${encodeURIComponent(id)}/export?format=csv`}
            name={`${id}-${takenAt.slice(0, 10)}.csv`}
            label={`${title} as CSV`}
            text="CSV"
          />
        )}
      </td>
    </tr>
  );
}

function Buyers({ segment: { size, asked, expected_buyers: buyers, expected_non_buyers: others } }: { segment: SegmentSummary }) {
  if (asked === 0) return <span className="note">{size === 0 ? 'nobody' : 'nobody in the shop when stock was taken'}</span>;
  return (
    <>
      <b>{expected(buyers)}</b> will, {expected(others)} will not
      <small>of {count(asked)} whose chance was known</small>
    </>
  );
}

function Value({ segment: { asked, expected_value: value, clv } }: { segment: SegmentSummary }) {
  if (value === null)
    return (
      <span className="note">
        not known: set <code>shop.margin</code>
      </span>
    );
  return (
    <>
      {asked === 0 ? <span className="note">none now</span> : <b>{expected(value)}</b>}
      {clv === null ? null : <small>{count(clv)} over a lifetime</small>}
    </>
  );
}
