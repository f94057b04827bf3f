/** How many there are of each, and how many bytes one takes on average as it is laid out. */
export interface StateSizes {
  readonly shopper: { readonly count: number; readonly bytes: number };
  /** Items, brands and categories. */
  readonly shared: { readonly count: number; readonly bytes: number };
}

/** Bytes that Redis will need. */
export interface RedisForecast {
  readonly shopperBytes: number;
  readonly sharedBytes: number;
  readonly totalBytes: number;
  /** What `maxmemory` should be: room for a second copy while states are folded anew, and for fragmentation. */
  readonly advisedBytes: number;
}

// Measured on Redis 7.0 with jemalloc: a key of 60 characters with an end costs 200 bytes besides its value; jemalloc rounds values up by a tenth.
const keyBytes = 200;
const rounding = 1.1;
/** The stamp before a shopper's state. */
const stampBytes = 8;
/** What an empty server takes. */
const emptyBytes = 2 * 1_048_576;

/** The memory that states of these numbers and sizes take in Redis. */
export function forecastRedis({ shopper, shared }: StateSizes): RedisForecast {
  const shopperBytes = Math.round(shopper.count * (keyBytes + rounding * (shopper.bytes + stampBytes)));
  const sharedBytes = Math.round(shared.count * (keyBytes + rounding * shared.bytes));
  const totalBytes = emptyBytes + shopperBytes + sharedBytes;
  return { shopperBytes, sharedBytes, totalBytes, advisedBytes: Math.round(2.2 * totalBytes) };
}
