import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent } from '@tillcast/core/events/event';
import type { MarkTraffic } from '@tillcast/core/events/mark-traffic';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { openRows } from '../importing/files/open-rows.ts';
import type { BadRow, GoodRow, RowFile } from '../importing/files/row.ts';
import { openRejects, type Rejects } from '../importing/rejects.ts';
import { Refused, type Source } from '../importing/sources/source.ts';
import { type ImportSummary, ImportTally } from '../importing/tally.ts';
import { understand } from '../importing/understand.ts';

/** What an import is told. */
export interface ImportOptions {
  readonly files: readonly string[];
  readonly source: Source;
  /** Absent: a dry run; rows are read and checked, nothing is written. */
  readonly log?: EventLog;
  /** Where every rejected row is written with its reason; absent in a dry run. */
  readonly rejectedFile?: string;
  /** Whose events they are, where the rows do not say; default `default`. */
  readonly tenant?: string;
  readonly nowMs: number;
  /** Says whose traffic an event is that comes without a mark; absent: nobody asks. */
  readonly mark?: MarkTraffic;
  /** Whether an event is of somebody who was erased, and from before that; absent: nobody was. */
  readonly isErased?: (event: ShopEvent) => boolean;
  onProgress?(progress: ImportProgress): void;
}

/** How far an import is in one of its files. */
export interface ImportProgress {
  readonly file: string;
  /** 0 to 1. */
  readonly share: number;
  /** Rows read so far, all files together. */
  readonly rows: number;
}

/** Reads files of events into the log. Every row is accepted, a duplicate, or rejected with a reason; the memory it takes does not grow with the files. */
export async function importEvents(options: ImportOptions): Promise<ImportSummary> {
  const { files, source } = options;
  // Every file is opened once before the first is read: what is plainly wrong is said before anything is stored.
  for (const file of files) await open(file, source);
  const tally = new ImportTally();
  const rejects = openRejects(tally, options.rejectedFile);
  try {
    for (const file of files) await importFile(file, options, tally, rejects);
  } catch (error) {
    rejects.finish();
    throw withProgress(error, tally);
  }
  rejects.finish();
  return tally.summary();
}

async function open(file: string, source: Source): Promise<RowFile> {
  if (source.refusesCsv !== undefined && /\.[ct]sv(\.gz)?$/i.test(file)) {
    throw new TillcastError('INPUT_INVALID', `${file}: ${source.refusesCsv}`);
  }
  return openRows(file, source);
}

/** What went wrong in the middle of a file says what is stored already. */
function withProgress(error: unknown, tally: ImportTally): unknown {
  if (!(error instanceof TillcastError) || error.code !== 'FILE_NOT_READABLE' || tally.rows === 0) return error;
  const { accepted, duplicate, rejected } = tally;
  const told = error.message.replace(/^the file cannot be read: /, '');
  return new TillcastError(
    'FILE_NOT_READABLE',
    `${told}; before that: ${accepted} accepted, ${duplicate} duplicate, ${rejected} rejected`,
    { cause: error },
  );
}

async function importFile(file: string, options: ImportOptions, tally: ImportTally, rejects: Rejects): Promise<void> {
  const { source, log, tenant, nowMs, mark, isErased } = options;
  const rows = await open(file, source);
  const batch = new Batch();
  const arrival = { receivedAtMs: nowMs, ...(tenant !== undefined && { tenant }) };

  const take = (row: GoodRow | BadRow): void => {
    const outcome = 'reason' in row ? row : understand(row, rows, source, arrival);
    if ('reason' in outcome) rejects.reject(file, row, outcome);
    else if (isErased?.(outcome) === true) rejects.reject(file, row, erased);
    else batch.add(row as GoodRow, marked(outcome, source, mark));
  };
  const store = async (): Promise<void> => {
    const { kept, events } = batch.empty();
    if (events.length === 0) return;
    const { accepted, duplicate, conflicts } =
      log === undefined ? { ...untold, accepted: events.length } : await log.append(events);
    tally.accepted += accepted;
    tally.duplicate += duplicate;
    for (const at of conflicts) rejects.reject(file, kept[at]!, conflictOf(events[at]!));
  };

  try {
    for await (const block of rows.rows()) {
      for (const row of block) {
        take(row);
        if (batch.isFull()) await store();
      }
      options.onProgress?.({ file, share: rows.share(), rows: tally.rows + batch.size });
    }
  } finally {
    await store();
  }
}

/** Stored events that come back keep what was said of them, also that nothing was. */
function marked(event: ShopEvent, source: Source, mark: MarkTraffic | undefined): ShopEvent {
  const comesBack = source.givesBack === true && event.backfilled === undefined;
  const found = event.mark === undefined && !comesBack ? mark?.(event) : undefined;
  return found === undefined ? event : { ...event, mark: found };
}

const erased = new Refused('erased_shopper', 'it happened before this shopper was erased, and is not taken again');

const untold = { duplicate: 0, conflicts: [] as readonly number[] };

const conflictOf = ({ eventId }: ShopEvent): Refused =>
  new Refused(
    'conflict',
    `event_id ${JSON.stringify(eventId)} is stored with another body; an id must mean one event, and the first is kept`,
  );

// Large transactions make the log's indexes cheap; the weight, in characters, bounds memory where rows are large.
const batchEvents = 16_384;
const batchWeight = 1 << 24;

/** Events on their way to the log, beside the rows they came from. */
class Batch {
  #kept: GoodRow[] = [];
  #events: ShopEvent[] = [];
  #weight = 0;

  get size(): number {
    return this.#events.length;
  }

  add(row: GoodRow, event: ShopEvent): void {
    this.#kept.push(row);
    this.#events.push(event);
    this.#weight += row.raw?.length ?? 512 * (1 + event.items.length);
  }

  isFull(): boolean {
    return this.#events.length >= batchEvents || this.#weight >= batchWeight;
  }

  empty(): { kept: readonly GoodRow[]; events: readonly ShopEvent[] } {
    const given = { kept: this.#kept, events: this.#events };
    this.#kept = [];
    this.#events = [];
    this.#weight = 0;
    return given;
  }
}
