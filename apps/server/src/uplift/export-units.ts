import { DOUBLE, FLOAT, INTEGER, VARCHAR } from '@duckdb/node-api';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { FeatureColumns, LoggedPrediction, PredictionLog } from '@tillcast/core/ports/prediction-log';
import { isHeldOutBy } from '../experiments/holdouts.ts';
import { type Column, writeColumns } from './write-units.ts';

/** What a unit table is made of. Money in the shop's currency. */
export interface ExportUnitsOptions {
  readonly log: Pick<PredictionLog, 'read'>;
  readonly out: string;
  readonly policy: string;
  /** In the policy's order. */
  readonly treatments: readonly string[];
  /** What an order earns before any discount. */
  readonly margin: number;
  /** What a treatment takes off each order. */
  readonly discounts: Readonly<Record<string, number>>;
  /** What giving a treatment costs, bought or not. */
  readonly sending: Readonly<Record<string, number>>;
}

/** How many units were written, how many decisions wait for their horizon, how many were later ones of the same shopper, and how many shoppers a holdout kept out. */
export interface ExportedUnits {
  readonly units: number;
  readonly waiting: number;
  readonly again: number;
  readonly heldOut: number;
}

interface Unit {
  readonly shopper: string;
  readonly variant: string;
  readonly bought: 0 | 1;
  readonly propensities: Float64Array;
  readonly row: Float32Array;
}

const nobody = 'nobody';

/** Writes the first decision of each shopper by a policy, with its chances, its outcome and the row it was made on. */
export async function exportUnits(options: ExportUnitsOptions): Promise<ExportedUnits> {
  const { log, out, policy, treatments } = options;
  if (!out.toLowerCase().endsWith('.parquet'))
    throw new TillcastError('OPTION_INVALID', `--out is "${out}"; give a name ending in .parquet`);
  const units = new Map<string, Unit | undefined>();
  let [columns, waiting, again, heldOut]: [FeatureColumns | undefined, number, number, number] = [undefined, 0, 0, 0];
  for await (const batch of log.read({ decided: true })) {
    for (const logged of batch) {
      if (logged.record.decision?.policy !== policy) continue;
      if (units.has(logged.record.shopper)) again++;
      else if (isHeldOutBy(logged.record.decision.holdouts)) {
        // Nobody decided: the holdout was drawn apart from the policy, so those not held out are as many people of each kind as it decides about.
        heldOut++;
        units.set(logged.record.shopper, undefined);
      } else {
        if (logged.label === undefined) waiting++;
        columns ??= logged.record.columns;
        // A shopper whose first decision waits has no unit yet: a later one would be a choice made after the fact.
        units.set(logged.record.shopper, unitOf(logged, treatments, columns));
      }
    }
  }
  const known = [...units.values()].filter((unit) => unit !== undefined);
  if (columns === undefined || known.length === 0)
    throw new TillcastError(
      'INPUT_INVALID',
      `the log holds no decision of the policy "${policy}" whose horizon has closed; ask POST /v1/decide, and wait`,
    );
  await writeColumns(out, columnsOf(known, columns, options), known.length);
  return { units: known.length, waiting, again, heldOut };
}

function unitOf({ record, label }: LoggedPrediction, treatments: readonly string[], columns: FeatureColumns): Unit | undefined {
  const { decision, shopper, row } = record;
  if (
    decision!.propensities.length !== treatments.length ||
    (decision!.treatment !== undefined && !treatments.includes(decision!.treatment))
  )
    throw new TillcastError(
      'INPUT_INVALID',
      `--treatments ${treatments.join(',')} are not those of the decision ${record.predictionId}; give the policy's, in its order`,
    );
  if (record.columns.hash !== columns.hash)
    throw new TillcastError(
      'INPUT_INVALID',
      `the log holds decisions made on other features (${record.columns.hash} and ${columns.hash}); start a new policy after an upgrade`,
    );
  if (label === undefined) return undefined;
  return { shopper, variant: decision!.treatment ?? nobody, bought: label.label, propensities: decision!.propensities, row };
}

function columnsOf(
  units: readonly Unit[],
  { names }: FeatureColumns,
  { treatments, margin, discounts, sending }: ExportUnitsOptions,
): readonly Column[] {
  const profit = ({ variant, bought }: Unit) => bought * (margin - (discounts[variant] ?? 0)) - (sending[variant] ?? 0);
  const left = ({ propensities }: Unit) => 1 - propensities.reduce((sum, one) => sum + one, 0);
  return [
    ['unit', VARCHAR, (row) => units[row]!.shopper],
    ['variant', VARCHAR, (row) => units[row]!.variant],
    ['conversion', INTEGER, (row) => units[row]!.bought],
    ['profit', DOUBLE, (row) => profit(units[row]!)],
    [`propensity_${nobody}`, DOUBLE, (row) => left(units[row]!)],
    ...treatments.map((name, i): Column => [`propensity_${name}`, DOUBLE, (row) => units[row]!.propensities[i]!]),
    ...names.map((name, i): Column => [name, FLOAT, (row) => units[row]!.row[i]!]),
  ];
}
