import type { ExperimentRevision, ExperimentStore } from '@tillcast/core/ports/experiment-store';
import { closedError, serialConflict } from '../experiment-store/closed.ts';
import { latestOf } from '../experiment-store/latest.ts';

/** Keeps experiments in this process. */
export function memoryExperimentStore(): ExperimentStore {
  const kept = new Map<string, ExperimentRevision[]>();
  let closed = false;
  const of = (tenant: string): ExperimentRevision[] => {
    if (closed) throw closedError();
    return kept.get(tenant) ?? [];
  };
  return {
    durable: false,
    async append(revision) {
      const revisions = of(revision.tenant);
      if (revision.serial !== revisions.length + 1) throw serialConflict(revision.serial);
      kept.set(revision.tenant, [...revisions, structuredClone(revision)]);
    },
    list: async (tenant) => structuredClone(latestOf(of(tenant))),
    history: async (tenant, id) => structuredClone(of(tenant).filter((revision) => revision.id === id)),
    async close() {
      closed = true;
    },
  };
}
