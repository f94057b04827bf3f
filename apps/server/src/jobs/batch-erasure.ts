import { existsSync } from 'node:fs';
import { fileNames } from './batch-mentions.ts';
import type { BatchStore, JobRecord } from './batch-store.ts';

/** What batch jobs hold of people. */
export interface BatchErasure {
  /** The jobs whose rows name one of some ids, oldest first. */
  find(ids: readonly string[]): Promise<string[]>;
  /** Takes the rows and scores of those jobs away, whole; one under way is ended first. Answers how many there were. */
  erase(ids: readonly string[]): Promise<number>;
}

/** Opens it over the jobs of a store. Reads every input that is there. */
export function openBatchErasure(store: BatchStore, wake: () => void): BatchErasure {
  async function isAbout(record: JobRecord, ids: readonly string[]): Promise<boolean> {
    const { input } = store.paths(record);
    if (!existsSync(input)) return false;
    try {
      return await fileNames(input, ids);
    } catch {
      // What cannot be read cannot be cleared of suspicion.
      return true;
    }
  }

  async function find(ids: readonly string[]): Promise<JobRecord[]> {
    const found: JobRecord[] = [];
    for (const record of store.list()) if (await isAbout(record, ids)) found.push(record);
    return found;
  }

  return {
    find: async (ids) => (await find(ids)).map(({ id }) => id),
    async erase(ids) {
      const found = await find(ids);
      for (const { id } of found) store.erase(id);
      if (found.length > 0) wake();
      return found.length;
    },
  };
}
