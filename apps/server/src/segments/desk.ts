import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentDeliveries, SegmentDetail, SegmentSummary, SegmentsAnswer } from '@tillcast/api/segments';
import type { Segment } from '@tillcast/core/decisions/segments/segment';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { SegmentDesk, SegmentExport } from '../http/routes/segments.ts';
import type { DeliveryLine } from './deliver.ts';
import type { DeliveryLog } from './delivery-log.ts';
import { type AllowedHosts, checkDestination } from './egress.ts';
import { type ExportFormat, exportRows, writeExport } from './export-rows.ts';
import type { SnapshotStore } from './folder.ts';
import type { VersionedSegments } from './read-segments.ts';
import { onWire, realisedOnWire, summaryOf } from './segments-on-wire.ts';
import type { Snapshot } from './snapshot.ts';

/** What the desk needs. */
export interface SegmentDeskParts {
  readonly store: SnapshotStore;
  readonly file: VersionedSegments;
  readonly language: string | undefined;
  /** Where exports lie while they are sent. */
  readonly passing: string;
  readonly allowed: AllowedHosts;
  readonly log: DeliveryLog;
  /** Undefined: no secret is set, so nothing can be signed. */
  readonly deliver: ((about: { segment: string; url: URL; takenAtMs: number }) => Promise<readonly DeliveryLine[]>) | undefined;
}

const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};
const shownDeliveries = 1_000;

const notFound = (id: string, { segments }: VersionedSegments): TillcastError =>
  new TillcastError('SEGMENT_NOT_FOUND', `there is no segment "${id}"; those are ${segments.map((one) => one.id).join(', ')}`);

/** Opens the desk over the snapshots of a folder. */
export function openSegmentDesk({ store, file, language, passing, allowed, log, deliver }: SegmentDeskParts): SegmentDesk {
  const snapshots = (): readonly Snapshot[] => store.list();

  function segmentOf(id: string): Segment {
    const segment = file.segments.find((one) => one.id === id);
    if (segment === undefined) throw notFound(id, file);
    return segment;
  }

  function lastOf(all: readonly Snapshot[]): Snapshot {
    const last = all.at(-1);
    if (last === undefined)
      throw new TillcastError(
        'STORE_UNAVAILABLE',
        'no stock was taken yet; a server does so each night, tillcast segments take at once',
      );
    return last;
  }

  const summary = (segment: Segment, all: readonly Snapshot[]): SegmentSummary => summaryOf(segment, file, language, all);

  function detail(id: string): SegmentDetail {
    const segment = segmentOf(id);
    const all = snapshots();
    const last = lastOf(all);
    const place = last.segments.findIndex((one) => one.id === id);
    const size = place < 0 ? 0 : last.segments[place]!.size;
    const overlap = (place < 0 ? [] : last.segments).flatMap((other, at) => {
      const shared = last.shared[place]![at]!;
      if (at === place || shared === 0) return [];
      return [{ id: other.id, shared, share: shared / size, jaccard: shared / (size + other.size - shared) }];
    });
    return {
      segment: summary(segment, all),
      history: all.flatMap(({ takenAtMs, segments }) =>
        segments
          .filter((one) => one.id === id)
          .map((one) => ({ taken_at: onWire(takenAtMs), size: one.size, expected_buyers: one.expectedBuyers })),
      ),
      overlap: overlap.sort((a, b) => b.shared - a.shared),
    };
  }

  async function exported(id: string, format: ExportFormat): Promise<SegmentExport> {
    segmentOf(id);
    const { takenAtMs } = lastOf(snapshots());
    mkdirSync(passing, { recursive: true, mode: 0o700 });
    const path = join(passing, `export-${randomUUID()}.${format}`);
    await writeExport(path, format, exportRows(store.members(), id));
    const { size } = statSync(path);
    const fd = openSync(path, 'r');
    // Whatever becomes of us, no list of people is left behind: the file ends with its reader.
    rmSync(path);
    return {
      stream: createReadStream(path, { fd }),
      size,
      type: mediaTypes[format],
      name: `${id}-${onWire(takenAtMs).slice(0, 10)}.${format}`,
    };
  }

  return {
    list(): SegmentsAnswer {
      const all = snapshots();
      const last = all.at(-1);
      return {
        taken_at: last === undefined ? null : onWire(last.takenAtMs),
        ...{ version: file.version, shoppers: last?.shoppers ?? 0 },
        segments: file.segments.map((segment) => summary(segment, all)),
        intent: (last?.intent ?? []).map(({ shoppers, expectedBuyers }, index) => ({
          ...{ bucket: index + 1, shoppers, expected_buyers: expectedBuyers },
          expected_non_buyers: shoppers - expectedBuyers,
        })),
        realised: realisedOnWire(all, ({ all: one }) => one),
      };
    },
    detail,
    export: exported,
    async deliver(id, text): Promise<SegmentDeliveries> {
      segmentOf(id);
      const { takenAtMs } = lastOf(snapshots());
      const url = checkDestination(text, allowed);
      if (deliver === undefined)
        throw new TillcastError('OPTION_INVALID', 'deliveries are signed: set TILLCAST_SEGMENT_SECRET (16 characters at least)');
      return { deliveries: [...(await deliver({ segment: id, url, takenAtMs }))] };
    },
    deliveries: () => ({ deliveries: [...log.last(shownDeliveries)] }),
  };
}
