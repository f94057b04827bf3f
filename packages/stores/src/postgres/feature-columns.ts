import type { FeatureColumns, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { decodePrediction } from '../prediction-log/prediction-bytes.ts';
import { PostgresFailure } from './failure.ts';
import { quoted } from './identifier.ts';
import type { Postgres } from './postgres.ts';

/** Raised within, where a line names columns that were not looked up yet. */
class UnknownColumns extends Error {
  override readonly name = 'UnknownColumns';
}

/** The names of feature columns, kept once by hash: lines hold the hash alone. */
export function openFeatureColumns({ schema, patient }: Postgres) {
  const table = `${quoted(schema)}.feature_columns`;
  const known = new Map<string, FeatureColumns>();

  async function learn(): Promise<void> {
    const { rows } = await patient.run<{ hash: string; names: string }>({ sql: `select hash, names from ${table}` });
    for (const { hash, names } of rows) known.set(hash, { hash, names: JSON.parse(names) as string[] });
  }

  const columnsOf = (hash: string): FeatureColumns => {
    const columns = known.get(hash);
    if (columns === undefined) throw new UnknownColumns(hash);
    return columns;
  };
  const decodeAll = (bodies: readonly Uint8Array[]): readonly PredictionRecord[] =>
    bodies.map((body) => decodePrediction(body, columnsOf));

  return {
    /** The columns of records that are not known to be stored. */
    notKept(records: readonly PredictionRecord[]): readonly FeatureColumns[] {
      const fresh = new Map<string, FeatureColumns>();
      for (const { columns } of records) {
        const { hash, names } = columns;
        if (!known.has(hash) && !fresh.has(hash)) fresh.set(hash, { hash, names: [...names] });
      }
      return [...fresh.values()];
    },
    /** Sees that columns are stored; before the records are that name them. */
    async keep(fresh: readonly FeatureColumns[]): Promise<void> {
      for (const columns of fresh) {
        const parameters = [columns.hash, JSON.stringify(columns.names)];
        await patient.run({ sql: `insert into ${table} values ($1, $2) on conflict do nothing`, parameters });
        known.set(columns.hash, columns);
      }
    },
    /** The records behind stored bytes. */
    async decode(bodies: readonly Uint8Array[]): Promise<readonly PredictionRecord[]> {
      try {
        return decodeAll(bodies);
      } catch (error) {
        if (!(error instanceof UnknownColumns)) throw error;
      }
      await learn();
      try {
        return decodeAll(bodies);
      } catch (error) {
        if (!(error instanceof UnknownColumns)) throw error;
        throw new PostgresFailure('refused', `the columns ${error.message} of a prediction are not stored`, { cause: error });
      }
    },
  };
}

export type FeatureColumnsStore = ReturnType<typeof openFeatureColumns>;
