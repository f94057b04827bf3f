/** The first time a unit met an experiment, and what it was given; or another name of such a unit. */
export interface Exposure {
  readonly tenant: string;
  readonly experimentId: string;
  /** The name it is found by: `a:` a device, `u:` a user, `s:` a session. */
  readonly key: string;
  /** The unit that was assigned; another than `key` where the key only shares its assignment (a login). */
  readonly unit: string;
  /** Undefined: the unit was held out. */
  readonly variant?: string;
  readonly exposedAtMs: number;
  /** The prediction it came with. */
  readonly predictionId?: string;
  /** Log-odds that the variant's model served. */
  readonly score?: number;
  /** Log-odds of the one model that scores every unit of the experiment, whatever its variant. */
  readonly baseScore?: number;
  /** Whether any two variants would have decided differently for this unit. */
  readonly differs?: boolean;
}

/**
 * Who was exposed to what, first. The law suite (packages/core/test/contract/exposure-log.ts) holds every implementation to these sentences.
 * - `record` is idempotent by (`tenant`, `experimentId`, `key`): what came first stays, whatever comes later. It answers how many were new.
 * - Once `record` resolves and `durable` is true, the exposures survive the death of the process and a power cut.
 * - `find` answers the exposures of the keys that have one, in no order.
 * - `read` yields the exposures of an experiment with `exposedAtMs < untilMs` by (`exposedAtMs`, `key` by code points), page by page; exposures may be recorded meanwhile.
 * - `count` counts by variant those whose key is the unit itself; those held out go by `''`.
 * - `erase` removes every exposure of a key, and of whoever shares its assignment as a unit, in all experiments; it answers how many.
 * - What is read is the caller's own. After `close`, every call rejects with STORE_UNAVAILABLE.
 */
export interface ExposureLog {
  readonly durable: boolean;
  record(exposures: readonly Exposure[]): Promise<number>;
  find(tenant: string, experimentId: string, keys: readonly string[]): Promise<readonly Exposure[]>;
  read(query: ExposureQuery): AsyncIterable<readonly Exposure[]>;
  count(tenant: string, experimentId: string): Promise<Readonly<Record<string, number>>>;
  erase(tenant: string, key: string): Promise<number>;
  close(): Promise<void>;
}

export interface ExposureQuery {
  readonly tenant: string;
  readonly experimentId: string;
  /** Default: all. */
  readonly untilMs?: number;
  /** Exposures a page holds at most; default 8,192. */
  readonly batch?: number;
}
