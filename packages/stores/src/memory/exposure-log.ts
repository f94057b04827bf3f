import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type { Exposure, ExposureLog } from '@tillcast/core/ports/exposure-log';
import { closedError } from '../exposure-log/closed.ts';

const order = (a: Exposure, b: Exposure): number => a.exposedAtMs - b.exposedAtMs || compareCodePoints(a.key, b.key);

/** Keeps exposures in this process. */
export function memoryExposureLog(): ExposureLog {
  const kept = new Map<string, Exposure>();
  let closed = false;
  const idOf = (tenant: string, experimentId: string, key: string): string => JSON.stringify([tenant, experimentId, key]);
  const run = <T>(call: () => T): T => {
    if (closed) throw closedError();
    return call();
  };
  const of = (tenant: string, experimentId: string): Exposure[] =>
    [...kept.values()].filter((one) => one.tenant === tenant && one.experimentId === experimentId);

  return {
    durable: false,
    record: async (exposures) =>
      run(() => {
        const before = kept.size;
        for (const exposure of exposures) {
          const id = idOf(exposure.tenant, exposure.experimentId, exposure.key);
          if (!kept.has(id)) kept.set(id, { ...exposure });
        }
        return kept.size - before;
      }),
    find: async (tenant, experimentId, keys) =>
      run(() => {
        const found = [...new Set(keys)].map((key) => kept.get(idOf(tenant, experimentId, key)));
        return found.filter((one) => one !== undefined).map((one) => ({ ...one }));
      }),
    async *read({ tenant, experimentId, untilMs = Number.POSITIVE_INFINITY, batch = 8_192 }) {
      let last: Exposure | undefined;
      for (;;) {
        const rest = run(() => of(tenant, experimentId)).filter(
          (one) => one.exposedAtMs < untilMs && (last === undefined || order(one, last) > 0),
        );
        if (rest.length === 0) return;
        const page = rest.sort(order).slice(0, batch);
        last = page.at(-1);
        yield page.map((one) => ({ ...one }));
      }
    },
    count: async (tenant, experimentId) =>
      run(() => {
        const units = of(tenant, experimentId).filter(({ key, unit }) => key === unit);
        const groups = Map.groupBy(units, ({ variant = '' }) => variant);
        return Object.fromEntries([...groups].map(([variant, group]) => [variant, group.length]));
      }),
    erase: async (tenant, key) =>
      run(() => {
        let erased = 0;
        for (const [id, one] of kept) {
          if (one.tenant !== tenant || (one.key !== key && one.unit !== key)) continue;
          kept.delete(id);
          erased++;
        }
        return erased;
      }),
    async close() {
      closed = true;
    },
  };
}
