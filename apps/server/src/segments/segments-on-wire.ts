import type { SegmentSummary } from '@tillcast/api/segments';
import type { Realised } from '@tillcast/core/decisions/segments/quality';
import type { Segment } from '@tillcast/core/decisions/segments/segment';
import type { VersionedSegments } from './read-segments.ts';
import type { Snapshot } from './snapshot.ts';

/** An instant as it goes over the wire. */
export const onWire = (epochMs: number): string => new Date(epochMs).toISOString();

/** How the chances of the last settled snapshot came true; null = nothing is known yet. */
export function realisedOnWire(
  snapshots: readonly Snapshot[],
  pick: (realised: NonNullable<Snapshot['realised']>) => Realised | undefined,
): SegmentSummary['realised'] {
  const settled = snapshots.findLast(({ realised }) => realised !== undefined && pick(realised) !== undefined);
  if (settled === undefined) return null;
  const { asked, expected, bought, share, score, badge, isCalibrated } = pick(settled.realised!)!;
  return {
    ...{ taken_at: onWire(settled.takenAtMs), asked, expected_buyers: expected, bought },
    ...{ share: [...share], score, badge, is_calibrated: isCalibrated },
  };
}

function titleOf({ title }: Segment, { language: own }: VersionedSegments, language = own): string {
  const name = [language, language.split('-', 1)[0]!, own].find((one) => title.has(one))!;
  return title.get(name)!;
}

/** A segment as of the last snapshot; one that was not in it is empty. */
export function summaryOf(
  segment: Segment,
  file: VersionedSegments,
  language: string | undefined,
  snapshots: readonly Snapshot[],
): SegmentSummary {
  const last = snapshots.at(-1);
  const {
    size = 0,
    asked = 0,
    expectedBuyers = 0,
    expectedValue = 0,
    clv = 0,
  } = last?.segments.find(({ id }) => id === segment.id) ?? {};
  const { membership } = segment;
  return {
    ...{ id: segment.id, title: titleOf(segment, file, language) },
    membership: membership.kind === 'rule' ? membership.source : `highest ${membership.top * 100} % by ${membership.score}`,
    ...{ size, share: last === undefined || last.shoppers === 0 ? 0 : size / last.shoppers },
    ...{ asked, expected_buyers: expectedBuyers, expected_non_buyers: asked - expectedBuyers },
    expected_value: last?.hasMargin === true ? expectedValue : null,
    clv: last?.hasMargin === true && last.hasLifetime ? clv : null,
    realised: realisedOnWire(snapshots, ({ segments }) => segments[segment.id]),
  };
}
