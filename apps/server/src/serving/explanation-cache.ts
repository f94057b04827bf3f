import type { Explanation } from '@tillcast/core/scoring/ensemble';
import { openRecentAnswers } from './recent-answers.ts';
import type { SharedExplanations } from './shared-explanations.ts';

/** An explanation, and how it was come by. */
export interface FoundExplanation extends Explanation {
  /** `hit` = kept from before; `joined` = another asked the same at that moment; `miss` = worked out. */
  readonly from: 'hit' | 'joined' | 'miss';
}

/**
 * Explanations of one model version, by tenant and the bits of the row: a model that is replaced takes its cache along. The whole row is the key,
 * so that two rows are never mistaken for each other.
 */
export interface ExplanationCache {
  explain(row: Float32Array, tenant: string): Promise<FoundExplanation>;
  /** Forgets everything, also what is being worked out: rows do not say whose they were. */
  purge(): void;
}

export interface ExplanationCacheSettings {
  /** Rows kept at most; default 5,000. */
  readonly rows?: number;
  /** Bytes kept at most, rows and contributions; default 16 MB. */
  readonly maxBytes?: number;
  /** How long one is kept; default 1 hour. */
  readonly ttlMs?: number;
  /** A clock that only goes forward, ms. */
  readonly now?: () => number;
  /** Asked before one is worked out, and told what was. */
  readonly shared?: SharedExplanations | undefined;
}

/** What an object and its place in a map take beside their numbers; an estimate. */
const overheadBytes = 200;

/** Opens a cache over `work`, which explains one row; what is asked for twice at the same time is worked out once. */
export function openExplanationCache(
  work: (row: Float32Array) => Promise<Explanation>,
  { rows = 5_000, maxBytes = 16 * 2 ** 20, ttlMs = 3_600_000, now, shared }: ExplanationCacheSettings = {},
): ExplanationCache {
  const bytesOf = ({ contributions }: Explanation): number => contributions.byteLength + overheadBytes;
  const kept = openRecentAnswers<Explanation>(rows, { maxBytes, ttlMs, bytesOf, ...(now === undefined ? {} : { now }) });
  let asked = new Map<string, Promise<Explanation>>();

  /** A copy: what comes from a batch is a part of its memory and would hold all of it. */
  const copyOf = ({ baseValue, logOdds, contributions }: Explanation): Explanation => ({
    ...{ baseValue, logOdds, contributions: contributions.slice() },
  });

  async function fetchOrWork(row: Float32Array, tenant: string, isPurged: () => boolean): Promise<Explanation> {
    // Not a step waited for where there is nobody to ask.
    const found = shared === undefined ? undefined : await shared.find(row, tenant);
    if (found !== undefined) return found;
    const answer = copyOf(await work(row));
    if (!isPurged()) shared?.keep(row, answer, tenant);
    return answer;
  }

  return {
    async explain(row, tenant) {
      const known = kept.find(row, tenant);
      if (known !== undefined) return { ...known, from: 'hit' };
      const key = `${tenant}\n${Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('latin1')}`;
      const pending = asked.get(key);
      if (pending !== undefined) return { ...(await pending), from: 'joined' };
      const flights = asked;
      const mine = fetchOrWork(row, tenant, () => flights !== asked);
      flights.set(key, mine);
      try {
        const answer = await mine;
        if (flights === asked) kept.keep(row, answer, tenant);
        return { ...answer, from: 'miss' };
      } finally {
        flights.delete(key);
      }
    },
    purge() {
      asked = new Map();
      kept.clear();
      shared?.purge();
    },
  };
}
