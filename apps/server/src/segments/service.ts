import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { SegmentDesk } from '../http/routes/segments.ts';
import { openDeliver } from './deliver.ts';
import { openDeliveryLog } from './delivery-log.ts';
import { openSegmentDesk } from './desk.ts';
import { type AllowedHosts, checkDestination } from './egress.ts';
import { exportRows } from './export-rows.ts';
import { openSnapshotStore, type SegmentFolders, type SnapshotStore } from './folder.ts';
import { openNightly } from './nightly.ts';
import { readSegments, type VersionedSegments } from './read-segments.ts';
import type { LifetimeRefit } from './refit-lifetime.ts';
import type { ApartSettings } from './take-apart.ts';

/** How segments behave. */
export interface SegmentSettings {
  readonly folders: SegmentFolders;
  /** The shop's own segments; default: the shipped ones. */
  readonly file?: string | undefined;
  /** Minutes after local midnight; null = this server takes no stock; default 03:00. */
  readonly atMinutes?: number | null | undefined;
  /** What deliveries are signed with. */
  readonly secret?: string | undefined;
  readonly allowed: AllowedHosts;
  /** How often the clock is looked at; default a minute, 0 = only when told. */
  readonly everyMs?: number | undefined;
  /** Age at which lifetime value is learnt anew with a stock, ms; null = by command alone. */
  readonly refitAfterMs?: number | null | undefined;
  /** The process that takes stock; without, it is taken in this one, whose memory then grows with shoppers. */
  readonly apart?: ApartSettings | undefined;
}

/** What stock is taken with. */
export interface StockTools {
  readonly store: SnapshotStore;
  readonly file: VersionedSegments;
}

/** Takes stock as of a moment in a folder, or raises; `signal` tells it to stop. */
export type TakeStock = (folder: string, nowMs: number, signal: AbortSignal) => Promise<void>;

/** What segments stand on. */
export interface SegmentServiceParts {
  readonly openTake: (tools: StockTools) => TakeStock;
  /** Told of every stock: when it was taken, and what became of lifetime value; or that it was not. */
  readonly onStock?: (stock: { readonly takenAtMs: number; readonly refit?: LifetimeRefit } | undefined) => void;
  readonly language: string | undefined;
  readonly now: () => number;
  /** Local hour and minute of a moment. */
  readonly minutesOf: (epochMs: number) => number;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** Segments while a server runs. */
export interface SegmentService {
  readonly desk: SegmentDesk;
  /** Takes stock, and sends what is to be sent. */
  run(): Promise<void>;
  forget(shopper: string): Promise<void>;
  close(): Promise<void>;
}

const threeOClock = 180;

/** Opens segments over a data directory: asked through the desk, taken stock of each night, and delivered where the file says so. */
export function openSegmentService(parts: SegmentServiceParts, settings: SegmentSettings): SegmentService {
  const { language, now, minutesOf, onTrouble, onStock = () => {} } = parts;
  const { folders, allowed, secret, atMinutes = threeOClock, everyMs = 60_000 } = settings;
  const file = readSegments(settings.file);
  const store = openSnapshotStore(folders);
  const log = openDeliveryLog(join(folders.history, 'deliveries.jsonl'));
  const destinations = file.destinations.map(({ segment, url }) => ({ segment, url: checkDestination(url, allowed) }));
  if (destinations.length > 0 && secret === undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      'segments name destinations, and deliveries are signed: set TILLCAST_SEGMENT_SECRET',
    );
  const sleepIdly = async (ms: number): Promise<void> => void (await sleep(ms, undefined, { ref: false }));
  const send =
    secret === undefined ? undefined : openDeliver({ secret, allowed, now, sleep: sleepIdly, random: Math.random, log: log.add });
  const deliver =
    send &&
    ((about: { readonly segment: string; readonly url: URL; readonly takenAtMs: number }) =>
      send({ ...about, rows: exportRows(store.members(), about.segment) }));
  const take = parts.openTake({ store, file });
  const stopping = new AbortController();

  // Who is erased while stock is taken may have been read already.
  const forgotten = new Set<string>();

  async function takeOne(nowMs: number): Promise<number> {
    forgotten.clear();
    const folder = store.workplace();
    try {
      await take(folder, nowMs, stopping.signal);
      const { snapshot, refit } = await store.adopt(folder);
      for (const shopper of forgotten) await store.forget(shopper);
      if (refit?.outcome === 'failed')
        onTrouble(new Error(refit.problem), 'lifetime value could not be learnt anew; what was known stays, and is used');
      onStock({ takenAtMs: snapshot.takenAtMs, ...(refit === undefined ? {} : { refit }) });
      return snapshot.takenAtMs;
    } catch (error) {
      if (!stopping.signal.aborted) onStock(undefined);
      throw error;
    } finally {
      store.discard(folder);
    }
  }

  async function work(nowMs: number): Promise<void> {
    const takenAtMs = await takeOne(nowMs);
    for (const { segment, url } of destinations) {
      const lines = await deliver!({ segment, url, takenAtMs });
      const lost = lines.find(({ delivered }) => !delivered);
      if (lost !== undefined)
        onTrouble(
          new Error(`${lost.segment} to ${lost.host}: ${lost.problem}`),
          'a segment was not delivered; GET /v1/segment-deliveries has the tries',
        );
    }
  }

  const job = openNightly({
    ...{ now, minutesOf, work, atMinutes: atMinutes ?? 0, everyMs: atMinutes === null ? 0 : everyMs },
    lastMs: () => store.list().at(-1)?.takenAtMs,
    onTrouble(error) {
      if (!stopping.signal.aborted)
        onTrouble(error, 'stock of segments could not be taken; the one before stands, and it is tried again within the hour');
    },
  });
  return {
    desk: openSegmentDesk({ store, file, language, passing: folders.people, allowed, log, deliver }),
    run: job.run,
    forget(shopper) {
      forgotten.add(shopper);
      return store.forget(shopper);
    },
    close() {
      stopping.abort();
      return job.close();
    },
  };
}
