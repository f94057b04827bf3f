import type { Cache } from '@tillcast/core/ports/cache';
import type { Explanation } from '@tillcast/core/scoring/ensemble';

/** Explanations of one model version that processes share. Losing one costs work; nothing rejects. */
export interface SharedExplanations {
  find(row: Float32Array, tenant: string): Promise<Explanation | undefined>;
  keep(row: Float32Array, explanation: Explanation, tenant: string): void;
  /** Forgets all, for everybody. */
  purge(): void;
}

/** As long as in process. */
const keptMs = 3_600_000;

const keyOf = (row: Float32Array, tenant: string): string =>
  `${tenant}\n${Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('latin1')}`;

/** Base value, log-odds, contributions: float64, in that order. */
function packed({ baseValue, logOdds, contributions }: Explanation): Uint8Array {
  const numbers = Float64Array.of(baseValue, logOdds, ...contributions);
  return new Uint8Array(numbers.buffer);
}

function unpacked(bytes: Uint8Array, width: number): Explanation | undefined {
  if (bytes.length !== 8 * (width + 2)) return undefined;
  const [baseValue, logOdds, ...contributions] = new Float64Array(bytes.slice().buffer) as unknown as [number, number];
  return { baseValue, logOdds, contributions: Float64Array.from(contributions) };
}

/** Opens what is shared of the bundle of a content hash, whose explanations hold so many contributions. */
export function openSharedExplanations(cache: Cache, contentHash: string, width: number): SharedExplanations {
  const scope = `explanations/${contentHash}`;
  return {
    async find(row, tenant) {
      const bytes = await cache.get(scope, keyOf(row, tenant));
      return bytes === undefined ? undefined : unpacked(bytes, width);
    },
    keep: (row, explanation, tenant) => void cache.set(scope, keyOf(row, tenant), packed(explanation), keptMs),
    purge: () => void cache.purge(scope),
  };
}
