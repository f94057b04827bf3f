import { boundedMap } from '@tillcast/core/features/bounded-map';
import type { Exposure, ExposureLog } from '@tillcast/core/ports/exposure-log';
import { openAbsentees } from './absentees.ts';

/** What an exposure says of where a unit belongs. */
export type Remembered = Pick<Exposure, 'key' | 'unit' | 'variant'>;

/** Where exposures are remembered and written: at hand at once, on disk a moment later. */
export interface ExposureDesk {
  /** The exposures of these keys, in their order; those without one are left out. Where the log does not answer, what is at hand. */
  remembered(
    experimentId: string,
    version: number,
    keys: readonly string[],
  ): readonly Remembered[] | Promise<readonly Remembered[]>;
  /** Whether none of these keys had an exposure when the log was asked a moment ago, by this version of the experiment (`Absentees`), nor has one here since. */
  isAbsent(experimentId: string, version: number, keys: readonly string[]): boolean;
  /** Takes an exposure; one of a key that has one already changes nothing. True: it was not known here. */
  expose(exposure: Exposure): boolean;
  /** Writes what waits; rejects where the log does not take it. */
  settle(): Promise<void>;
  erase(shopper: string): Promise<number>;
  close(): Promise<void>;
}

export interface ExposureDeskSettings {
  readonly log: ExposureLog;
  readonly count: (outcome: 'written' | 'known' | 'shed', exposures: number) => void;
  readonly onTrouble: (error: unknown, what: string) => void;
  readonly now: () => number;
  /** How long an exposure waits for company, ms; default 25. */
  readonly waitMs?: number;
  /** Exposures that may wait while the log fails; default 50,000. */
  readonly capacity?: number;
  /** How long a failing log is left alone, ms; default 1,000. */
  readonly retryMs?: number;
}

const tenant = 'default';
const idOf = (experimentId: string, key: string): string => `${experimentId}\n${key}`;
/** Keys at hand; the log has all of them. */
const mostAtHand = 200_000;

/** Opens the desk over a log, which it closes. */
export function openExposureDesk(settings: ExposureDeskSettings): ExposureDesk {
  const { log, count, onTrouble, now, waitMs = 25, capacity = 50_000, retryMs = 1_000 } = settings;
  let atHand = boundedMap<Remembered>(mostAtHand);
  const absentees = openAbsentees(now);
  const waiting = new Map<string, Exposure>();
  let flight: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isFailing = false;
  let closed = false;

  const known = (experimentId: string, key: string): Remembered | undefined => {
    const id = idOf(experimentId, key);
    return waiting.get(id) ?? atHand.get(id);
  };

  /** Where another process was faster, what it wrote stays: here too. */
  async function correct(exposures: readonly Exposure[]): Promise<void> {
    for (const [experimentId, some] of Map.groupBy(exposures, (one) => one.experimentId))
      for (const found of await log.find(
        tenant,
        experimentId,
        some.map(({ key }) => key),
      ))
        atHand.set(idOf(experimentId, found.key), found);
  }

  async function write(): Promise<void> {
    const some = [...waiting];
    if (some.length === 0) return;
    const recorded = await log.record(some.map(([, exposure]) => exposure));
    for (const [id, exposure] of some) if (waiting.get(id) === exposure) waiting.delete(id);
    if (recorded < some.length) await correct(some.map(([, exposure]) => exposure));
    count('written', recorded);
    count('known', some.length - recorded);
    isFailing = false;
  }

  function settle(): Promise<void> {
    flight ??= write().finally(() => {
      flight = undefined;
    });
    return flight;
  }

  function plan(ms: number): void {
    if (closed || timer !== undefined || waiting.size === 0) return;
    timer = setTimeout(() => {
      settle()
        .catch((error: unknown) => {
          if (!isFailing) onTrouble(error, 'exposures cannot be written now; they wait');
          isFailing = true;
        })
        .finally(() => {
          timer = undefined;
          plan(isFailing ? retryMs : waitMs);
        });
    }, ms);
  }

  async function lookUp(experimentId: string, version: number, keys: readonly string[]): Promise<readonly Remembered[]> {
    const missing = keys.filter((key) => known(experimentId, key) === undefined);
    try {
      const found = await log.find(tenant, experimentId, missing);
      for (const one of found) atHand.set(idOf(experimentId, one.key), one);
      if (found.length === 0 && missing.length === keys.length) absentees.note(experimentId, version, keys);
    } catch (error) {
      if (!isFailing) onTrouble(error, 'exposures cannot be looked up now; units are assigned by their hash');
    }
    return keys.map((key) => known(experimentId, key)).filter((one) => one !== undefined);
  }

  return {
    remembered(experimentId, version, keys) {
      // The first key decides where it is known, and mostly it is: then there is nothing to wait for.
      const first = known(experimentId, keys[0]!);
      return first !== undefined && keys.every((key) => known(experimentId, key) !== undefined)
        ? keys.map((key) => known(experimentId, key)!)
        : lookUp(experimentId, version, keys);
    },
    isAbsent: (experimentId, version, keys) =>
      absentees.has(experimentId, version, keys) && keys.every((key) => known(experimentId, key) === undefined),
    expose(exposure) {
      const id = idOf(exposure.experimentId, exposure.key);
      if (known(exposure.experimentId, exposure.key) !== undefined) return false;
      atHand.set(id, exposure);
      waiting.set(id, exposure);
      if (waiting.size > capacity) {
        waiting.delete(waiting.keys().next().value!);
        count('shed', 1);
      }
      plan(waitMs);
      return true;
    },
    settle,
    async erase(shopper) {
      await flight?.catch(() => {});
      for (const [id, { key, unit }] of waiting) if (key === shopper || unit === shopper) waiting.delete(id);
      // Which keys share an assignment is known to the log alone: what is at hand is read again.
      atHand = boundedMap(mostAtHand);
      return log.erase(tenant, shopper);
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      await flight?.catch(() => {});
      await write().catch((error: unknown) => onTrouble(error, 'the last exposures could not be written'));
      await log.close();
    },
  };
}
