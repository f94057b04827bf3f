import { DOUBLE, FLOAT, INTEGER, VARCHAR } from '@duckdb/node-api';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { FeatureColumns, LoggedPrediction, PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { isHeldOutBy } from '../experiments/holdouts.ts';
import { type DecidedUnit, type MoneySources, readUnitMoney } from './unit-money.ts';
import { type Column, writeColumns } from './write-units.ts';

/** What a unit table is made of. Money in the shop's currency. */
export interface ExportUnitsOptions {
  readonly log: Pick<PredictionLog, 'read'>;
  readonly out: string;
  readonly policy: string;
  /** In the policy's order. */
  readonly treatments: readonly string[];
  /** What every order earns before any discount, or where what each earned is read. */
  readonly earning: number | MoneySources;
  /** Epoch ms. */
  readonly nowMs: number;
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
  /** Before discounts and what giving costs. */
  readonly margin: number;
  /** Orders that a discount was taken off. */
  readonly orders: number;
  readonly propensities: Float64Array;
  readonly row: Float32Array;
}

/** The first decision about somebody; without a unit it waits, or nobody decided. */
interface First {
  readonly decided: DecidedUnit;
  readonly unit?: Unit;
}

const nobody = 'nobody';

/** Writes the first decision of each shopper by a policy, with its chances, its outcome and the row it was made on. */
export async function exportUnits(options: ExportUnitsOptions): Promise<ExportedUnits> {
  const { log, out, policy } = options;
  if (!out.toLowerCase().endsWith('.parquet'))
    throw new TillcastError('OPTION_INVALID', `--out is "${out}"; give a name ending in .parquet`);
  const firsts = new Map<string, First>();
  let [columns, waiting, again, heldOut]: [FeatureColumns | undefined, number, number, number] = [undefined, 0, 0, 0];
  for await (const batch of log.read({ decided: true })) {
    for (const logged of batch) {
      const { record } = logged;
      if (record.decision?.policy !== policy) continue;
      const decided = decidedOf(record);
      if (firsts.has(record.shopper)) again++;
      else if (isHeldOutBy(record.decision.holdouts)) {
        // Nobody decided: the holdout was drawn apart from the policy, so those not held out are as many people of each kind as it decides about.
        heldOut++;
        firsts.set(record.shopper, { decided });
      } else {
        columns ??= record.columns;
        const unit = unitOf(logged, columns, options);
        if (unit === undefined) waiting++;
        // A shopper whose first decision waits has no unit yet: a later one would be a choice made after the fact.
        firsts.set(record.shopper, { decided, ...(unit === undefined ? {} : { unit }) });
      }
    }
  }
  const { known, merged } = await withMoney([...firsts.values()], options.earning);
  again += merged;
  if (columns === undefined || known.length === 0)
    throw new TillcastError(
      'INPUT_INVALID',
      `the log holds no decision of the policy "${policy}" whose horizon has closed; ask POST /v1/decide, and wait`,
    );
  await writeColumns(out, columnsOf(known, columns, options), known.length);
  return { units: known.length, waiting, again, heldOut };
}

const decidedOf = ({ shopper, asOfMs, askedAtMs, horizonMs }: PredictionRecord): DecidedUnit => ({
  ...{ shopper, asOfMs, askedAtMs, horizonMs },
});

/** The units with what each brought; of several names of one person, the first decided about. */
async function withMoney(firsts: readonly First[], earning: number | MoneySources) {
  const units = firsts.flatMap(({ unit }) => unit ?? []);
  if (typeof earning === 'number') return { known: units, merged: 0 };
  const byDecision = new Map(firsts.map(({ decided, unit }) => [decided, unit]));
  const found = await readUnitMoney([...byDecision.keys()], earning);
  const known = found.flatMap(({ unit: decided, orders, keptOrders, margin }): readonly Unit[] => {
    const unit = byDecision.get(decided);
    return unit === undefined ? [] : [{ ...unit, bought: orders > 0 ? 1 : 0, margin, orders: keptOrders }];
  });
  const unknown = known.filter(({ margin }) => Number.isNaN(margin));
  if (unknown.length > 0)
    throw new TillcastError(
      'INPUT_INVALID',
      `nobody says what the orders of ${unknown.length} of ${known.length} units earn, among them those of ${unknown[0]!.shopper}: tell the items’ cost or margin (POST /v1/items, tillcast import --source catalogue), set shop.margin in tillcast.yaml, or give --margin, one amount for every order`,
    );
  return { known, merged: firsts.length - found.length };
}

/** Whether an outcome is still to come: the horizon has not closed, or returns are waited for. */
function isWaiting({ record, label }: LoggedPrediction, { earning, nowMs }: ExportUnitsOptions): boolean {
  const { refundWindowMs = 0 } = typeof earning === 'number' ? {} : earning;
  return label === undefined || record.asOfMs + record.horizonMs + refundWindowMs > nowMs;
}

function unitOf(logged: LoggedPrediction, columns: FeatureColumns, options: ExportUnitsOptions): Unit | undefined {
  const { treatments, earning } = options;
  const { decision, shopper, row, predictionId, columns: own } = logged.record;
  if (
    decision!.propensities.length !== treatments.length ||
    (decision!.treatment !== undefined && !treatments.includes(decision!.treatment))
  )
    throw new TillcastError(
      'INPUT_INVALID',
      `--treatments ${treatments.join(',')} are not those of the decision ${predictionId}; give the policy's, in its order`,
    );
  if (own.hash !== columns.hash)
    throw new TillcastError(
      'INPUT_INVALID',
      `the log holds decisions made on other features (${own.hash} and ${columns.hash}); start a new policy after an upgrade`,
    );
  if (isWaiting(logged, options)) return undefined;
  const bought = logged.label!.label;
  const money = { bought, orders: bought, margin: typeof earning === 'number' ? bought * earning : Number.NaN };
  return { shopper, variant: decision!.treatment ?? nobody, ...money, propensities: decision!.propensities, row };
}

function columnsOf(
  units: readonly Unit[],
  { names }: FeatureColumns,
  { treatments, discounts, sending }: ExportUnitsOptions,
): readonly Column[] {
  const profit = ({ variant, margin, orders }: Unit) => margin - orders * (discounts[variant] ?? 0) - (sending[variant] ?? 0);
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
