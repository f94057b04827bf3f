import type { SegmentsAnswer } from '@tillcast/api/segments';
import { linear } from '../charts/scale.ts';
import { count, expected, percent } from '../format.ts';

type Buckets = SegmentsAnswer['intent'];

/** Shoppers whose chance is known, in twentieths from the likeliest down, with the buyers each holds. */
export function IntentBuckets({ intent }: { intent: Buckets }) {
  const known = intent.reduce((sum, { shoppers }) => sum + shoppers, 0);
  const buyers = intent.reduce((sum, { expected_buyers: those }) => sum + those, 0);
  return (
    <section className="panel">
      <h2>Intent</h2>
      {known === 0 ? (
        <p className="empty">
          Nobody was in the shop when stock was taken, so nobody’s chance was asked. Take stock at a busier hour:{' '}
          <code>segments_at: '20:00'</code> in tillcast.yaml.
        </p>
      ) : (
        <>
          <p className="lead">
            {count(known)} shoppers whose chance to buy is known, in twentieths, the likeliest first: {expected(buyers)} are
            expected to buy.
          </p>
          <BucketTable intent={intent} />
        </>
      )}
    </section>
  );
}

function BucketTable({ intent }: { intent: Buckets }) {
  const rateOf = ({ shoppers, expected_buyers: buyers }: Buckets[number]) => (shoppers === 0 ? 0 : buyers / shoppers);
  const x = linear([0, Math.max(0.01, ...intent.map(rateOf))], [0, 100]);
  return (
    <table className="buckets">
      <thead>
        <tr>
          <th scope="col">Bucket</th>
          <th scope="col">Shoppers</th>
          <th scope="col">Will buy</th>
          <th scope="col">Will not</th>
          <th scope="col">Chance</th>
        </tr>
      </thead>
      <tbody>
        {intent
          .filter(({ shoppers }) => shoppers > 0)
          .map((one) => (
            <tr key={one.bucket}>
              <th scope="row">{one.bucket}</th>
              <td>{count(one.shoppers)}</td>
              <td>{expected(one.expected_buyers)}</td>
              <td>{expected(one.expected_non_buyers)}</td>
              <td className="share">
                <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect className="track" width={100} height={10} />
                  <rect width={x(rateOf(one))} height={10} />
                </svg>
                {percent(rateOf(one))}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
