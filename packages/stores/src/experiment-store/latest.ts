import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type { ExperimentList, ExperimentRevision } from '@tillcast/core/ports/experiment-store';

/** By the start; what never started comes last. */
function compareStarts(a: ExperimentRevision, b: ExperimentRevision): number {
  if (a.startedAtMs === b.startedAtMs) return compareCodePoints(a.id, b.id);
  return (a.startedAtMs ?? Number.MAX_SAFE_INTEGER) - (b.startedAtMs ?? Number.MAX_SAFE_INTEGER);
}

/** The list that a tenant's revisions, in order, amount to. */
export function latestOf(revisions: readonly ExperimentRevision[]): ExperimentList {
  const latest = new Map(revisions.map((revision) => [revision.id, revision]));
  return { serial: revisions.at(-1)?.serial ?? 0, experiments: [...latest.values()].sort(compareStarts) };
}
