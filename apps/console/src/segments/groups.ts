import type { SegmentSummary } from '@tillcast/api/segments';

/** Segments that are read together. */
export interface SegmentGroup {
  readonly title: string;
  readonly about: string;
  readonly segments: readonly SegmentSummary[];
}

const kinds: readonly { title: string; about: string; holds: (membership: string) => boolean }[] = [
  {
    title: 'Lifecycle',
    about: 'Where shoppers stand: each is in exactly one.',
    holds: (membership) => /^lifecycle == "[^"]*"$/.test(membership),
  },
  {
    title: 'Recency, frequency, value (RFM)',
    about: 'Buyers by how lately and how often they ordered.',
    holds: (membership) => /^rfm == "[^"]*"$/.test(membership),
  },
  { title: 'By score and by your own rules', about: 'A shopper may be in several.', holds: () => true },
];

/** Parts segments by what they are about; groups without any are left out. */
export function groupsOf(segments: readonly SegmentSummary[]): readonly SegmentGroup[] {
  const kindOf = ({ membership }: SegmentSummary) => kinds.findIndex(({ holds }) => holds(membership));
  return kinds
    .map(({ title, about }, kind) => ({ title, about, segments: segments.filter((one) => kindOf(one) === kind) }))
    .filter(({ segments: those }) => those.length > 0);
}
