import { hash } from 'node:crypto';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent } from '@tillcast/core/events/event';
import { parseRecord } from '@tillcast/core/events/record';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { openRows } from '../importing/files/open-rows.ts';
import type { BadRow, GoodRow, RowFile } from '../importing/files/row.ts';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { isRefused, type Refused, type Source } from '../importing/sources/source.ts';
import { type ImportSummary, ImportTally } from '../importing/tally.ts';

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
  onProgress?(progress: { readonly file: string; readonly share: number; readonly rows: number }): void;
}

// Large transactions make the log's indexes cheap; the weight bounds memory where events are large.
const batchEvents = 32_768;
const batchWeight = 1 << 26;

/** Reads files of events into the log. Every row is accepted, a duplicate, or rejected with a reason; the memory it takes does not grow with the files. */
export async function importEvents(options: ImportOptions): Promise<ImportSummary> {
  const { files, source } = options;
  // Every file is opened once before the first is read: what is plainly wrong is said before anything is stored.
  for (const file of files) await open(file, source);
  const tally = new ImportTally();
  const rejects = options.rejectedFile === undefined ? undefined : openJsonlWriter(options.rejectedFile);
  try {
    for (const file of files) await importFile(file, options, tally, rejects);
  } catch (error) {
    rejects?.finish();
    throw withProgress(error, tally);
  }
  rejects?.finish();
  return tally.summary();
}

type Rejects = ReturnType<typeof openJsonlWriter>;

function open(file: string, source: Source): Promise<RowFile> {
  if (source.refusesCsv !== undefined && /\.[ct]sv(\.gz)?$/i.test(file))
    throw new TillcastError('INPUT_INVALID', `${file}: ${source.refusesCsv}`);
  return openRows(file, source);
}

/** What went wrong in the middle says what is stored already. */
function withProgress(error: unknown, tally: ImportTally): unknown {
  if (!(error instanceof TillcastError) || error.code !== 'FILE_NOT_READABLE' || tally.rows === 0) return error;
  const told = `${error.message.replace(/^the file cannot be read: /, '')}; before that, ${tally.accepted} accepted, ${tally.duplicate} duplicate, ${tally.rejected} rejected`;
  return new TillcastError('FILE_NOT_READABLE', told, { cause: error });
}

async function importFile(file: string, options: ImportOptions, tally: ImportTally, rejects: Rejects | undefined): Promise<void> {
  const { source, log, tenant, nowMs } = options;
  const rows = await open(file, source);
  let batch: { row: GoodRow; event: ShopEvent }[] = [];
  let weight = 0;

  const reject = ({ index, line }: GoodRow | BadRow, { reason, problem, problems }: Refusal, raw: unknown): void => {
    const rejection = { file, index, ...(line !== undefined && { line }), reason, problem };
    tally.reject(rejection);
    rejects?.write({ ...rejection, ...(problems !== undefined && { problems }), raw });
  };
  const store = async (): Promise<void> => {
    const stored = batch;
    batch = [];
    weight = 0;
    if (stored.length === 0) return;
    const result = await log?.append(stored.map(({ event }) => event));
    tally.accepted += result?.accepted ?? stored.length;
    tally.duplicate += result?.duplicate ?? 0;
    for (const at of result?.conflicts ?? []) {
      const { row, event } = stored[at]!;
      reject(row, conflictOf(event), row.raw ?? row.fields);
    }
  };

  const take = (row: GoodRow | BadRow): void => {
    if ('reason' in row) return reject(row, row, row.raw);
    const outcome = understand(row, rows, source, nowMs, tenant);
    if ('reason' in outcome) return reject(row, outcome, row.raw ?? row.fields);
    batch.push({ row, event: outcome });
    weight += row.raw?.length ?? 512 * (1 + outcome.items.length);
  };

  try {
    for await (const block of rows.rows()) {
      for (const row of block) {
        take(row);
        if (batch.length >= batchEvents || weight >= batchWeight) await store();
      }
      options.onProgress?.({ file, share: rows.share(), rows: tally.rows + batch.length });
    }
  } finally {
    await store();
  }
}

interface Refusal extends Refused {
  readonly problems?: readonly { pointer: string; problem: string }[];
}

const conflictOf = ({ eventId }: ShopEvent): Refusal => ({
  reason: 'conflict',
  problem: `event_id ${JSON.stringify(eventId)} is stored with another body; an id must mean one event, and the first is kept`,
});

function understand(row: GoodRow, file: RowFile, source: Source, nowMs: number, tenant: string | undefined): ShopEvent | Refusal {
  const rowId = (): string => hash('sha256', `${source.name}\n${file.canonical(row.fields)}`);
  const record = source.toRecord(row.fields, rowId);
  if (isRefused(record)) return record;
  const parsed = parseRecord(record, { receivedAtMs: nowMs, sequence: row.index, ...(tenant !== undefined && { tenant }) });
  if (parsed.ok) return parsed.event;
  const problem = parsed.problems
    .map(({ pointer, problem }) => `${pointer} ${problem}`.trim())
    .slice(0, 3)
    .join('; ');
  return {
    reason: parsed.problems[0]?.pointer === '/event' ? 'unknown_event' : 'invalid_field',
    problem,
    problems: parsed.problems,
  };
}
