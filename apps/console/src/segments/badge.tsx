import type { SegmentSummary } from '@tillcast/api/segments';
import { count, day, expected, percent } from '../format.ts';

type Told = SegmentSummary['realised'];

/** How chances came true, recomputed from what shoppers did: the badge, what was expected, what came. */
export function Realised({ realised, isLong = false }: { realised: Told; isLong?: boolean }) {
  if (realised === null)
    return (
      <span className="note">
        {isLong ? 'not known yet: the windows of no stock have closed. The next stock after they do compares.' : 'not known yet'}
      </span>
    );
  const { badge, score, asked, expected_buyers: foretold, bought, share, is_calibrated: isCalibrated } = realised;
  return (
    <>
      <span className={`badge ${score === null ? 'open' : score < 50 ? 'down' : 'up'}`}>
        {badge}
        {score === null ? '' : ` · ${score} of 100`}
      </span>
      <small>
        {expected(foretold)} buyers expected, {count(bought)} of {count(asked)} bought
        {isLong
          ? ` (${percent(share[0]!)}, 95 % interval ${percent(share[1]!)} to ${percent(share[2]!)}): ${isCalibrated ? 'the level was right' : 'the level was wrong'}; stock of ${day(realised.taken_at)}`
          : ''}
      </small>
    </>
  );
}
