import type { LabelDecision, LabelDue, Outcome, PredictionLabel, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { Database } from 'better-sqlite3';
import { labelDueOf } from '../prediction-log/label-due.ts';
import { type LabelRow, labelColumns, labelOf } from './label-row.ts';

interface DueRow extends LabelRow {
  readonly body: Uint8Array;
  readonly revision: number;
}

const dueColumns = `select p.body, p.revision, ${labelColumns} from prediction p left join label l on l.line = p.line and l.version = p.version`;

/** Prepares what takes outcomes in and decides labels; each step is one transaction. */
export function prepareLabels(database: Database, recordOf: (body: Uint8Array) => PredictionRecord) {
  const insertOutcome = database.prepare('insert into outcome values (?, ?, ?, ?, ?) on conflict do nothing');
  // prediction_by_shopper serves this: a shopper's lines up to the moment of the outcome. Lines without a label are told as well: one that is just
  // being decided without this outcome is due again as soon as it has its label.
  const reopen = database.prepare(
    `update prediction set revision = revision + 1
     where tenant = ? and shopper = ? and as_of_ms <= ? and closes_at_ms >= ?`,
  );
  const outcomesOf = database
    .prepare('select body from outcome where tenant = ? and shopper = ? and event_time_ms >= ? order by event_time_ms, event_id')
    .pluck();
  const reopened = database.prepare(`${dueColumns} where p.version > 0 and p.examined < p.revision limit ?`);
  const closing = database.prepare(`${dueColumns} where p.version = 0 and p.closes_at_ms <= ? order by p.closes_at_ms limit ?`);
  const maturing = database.prepare(
    `${dueColumns} where p.version > 0 and p.net_final = 0 and p.examined = p.revision and p.closes_at_ms <= ? order by p.closes_at_ms limit ?`,
  );
  const place = database.prepare('select line, version from prediction where prediction_id = ? and tenant = ?');
  const addVersion = database.prepare('insert into label values (?, ?, ?, ?, ?, ?, ?)');
  const settle = database.prepare('update prediction set version = ?, net_final = ?, examined = max(examined, ?) where line = ?');
  const examine = database.prepare('update prediction set examined = max(examined, ?) where line = ?');
  const versionsOf = database.prepare(
    `select ${labelColumns} from label l join prediction p on p.line = l.line where p.prediction_id = ? and p.tenant = ? order by l.version`,
  );

  const addAll = database.transaction((outcomes: readonly Outcome[], refundWindowMs: number): number => {
    let added = 0;
    for (const outcome of outcomes) {
      const { tenant, eventId, shopper, eventTimeMs } = outcome;
      if (insertOutcome.run(tenant, eventId, shopper, eventTimeMs, JSON.stringify(outcome)).changes === 0) continue;
      added++;
      reopen.run(tenant, shopper, eventTimeMs, eventTimeMs - refundWindowMs);
    }
    return added;
  });

  function decideOne({ tenant, predictionId, revision, label, upon }: LabelDecision): boolean {
    const found = place.get(predictionId, tenant) as { line: number; version: number } | undefined;
    if (found === undefined || found.version !== upon) return false;
    if (label === undefined) {
      examine.run(revision, found.line);
      return false;
    }
    const { version, labelNet, netFinal, decidedAtMs, because } = label;
    addVersion.run(found.line, version, label.label, labelNet, netFinal ? 1 : 0, decidedAtMs, because);
    settle.run(version, netFinal ? 1 : 0, revision, found.line);
    return true;
  }

  const decideAll = database.transaction(
    (decisions: readonly LabelDecision[]): number => decisions.filter((decision) => decideOne(decision)).length,
  );

  const dueOf = (row: DueRow): LabelDue => {
    const current = labelOf(row);
    return { ...labelDueOf(recordOf(row.body)), revision: row.revision, ...(current === undefined ? {} : { current }) };
  };

  return {
    addOutcomes: (outcomes: readonly Outcome[], refundWindowMs: number): number => addAll.immediate(outcomes, refundWindowMs),
    outcomes: (tenant: string, shopper: string, fromMs: number): Outcome[] =>
      (outcomesOf.all(tenant, shopper, fromMs) as string[]).map((body) => JSON.parse(body) as Outcome),
    due({ nowMs, refundWindowMs, limit }: { nowMs: number; refundWindowMs: number; limit: number }): LabelDue[] {
      const found: DueRow[] = reopened.all(limit) as DueRow[];
      found.push(...(closing.all(nowMs, limit - found.length) as DueRow[]));
      found.push(...(maturing.all(nowMs - refundWindowMs, limit - found.length) as DueRow[]));
      return found.map(dueOf);
    },
    decide: (decisions: readonly LabelDecision[]): number => decideAll.immediate(decisions),
    versions: (tenant: string, predictionId: string): PredictionLabel[] =>
      (versionsOf.all(predictionId, tenant) as LabelRow[]).map(labelOf).filter((label) => label !== undefined),
  };
}
