import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { scoreRow, scoreRows } from '@tillcast/core/scoring/score-row';
import type { FileScorer } from '../../src/jobs/batch-file.ts';
import { toyEnsemble } from '../toys/toy-bundle.ts';

export const ensemble = toyEnsemble();

/** What scores features in these tests. */
export const toyScorer: FileScorer = {
  kind: 'features',
  ensemble,
  version: 'v1',
  score: async (rows, rowCount) => scoreRows(ensemble, rows, rowCount).logOdds,
};

/** A row of the toy model: a cart and a price, either may be missing; every 97th price is no number. */
export const toyRow = (
  index: number,
): { readonly id: string; readonly cart: number | null; readonly price: number | string | null } => ({
  id: `row-${index}`,
  cart: index % 7 === 0 ? null : index % 3,
  price: index % 97 === 5 ? 'cheap' : index % 11 === 0 ? null : (index * 37.13) % 1_000,
});

/** The file of the first `count` toy rows. */
export function writeToyCsv(file: string, count: number): void {
  const lines = Array.from({ length: count }, (_, index) => {
    const { id, cart, price } = toyRow(index);
    return `${price ?? ''},${id},${cart ?? ''},ignored`;
  });
  writeFileSync(file, `price,id,session_cart_adds,colour\n${lines.join('\n')}\n`);
}

/** What the serving path says of a toy row; undefined where it has a problem. */
export function servedLogOdds(index: number): number | undefined {
  const { cart, price } = toyRow(index);
  if (typeof price === 'string') return undefined;
  return scoreRow(ensemble, Float32Array.of(cart ?? Number.NaN, price ?? Number.NaN)).logOdds;
}

/** A row of an output, whichever form it was written in. */
export interface ReadRow {
  readonly row: number;
  readonly id: string | null;
  readonly log_odds: number | null;
  readonly purchase_probability: number | null;
  readonly problem: string | null;
}

/** The rows of an output file, in the order of the file. */
export async function readOutput(file: string): Promise<ReadRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const types = `columns = {row: 'BIGINT', id: 'VARCHAR', purchase_probability: 'DOUBLE', log_odds: 'DOUBLE', model_version: 'VARCHAR', problem: 'VARCHAR'}`;
    const from = file.endsWith('.parquet')
      ? `read_parquet('${file}')`
      : file.endsWith('.csv')
        ? `read_csv('${file}', header = true, quote = '"', escape = '"', auto_detect = false, delim = ',', new_line = '\\r\\n', ${types})`
        : `read_json('${file}', format = 'newline_delimited', ${types})`;
    const answer = await connection.runAndReadAll(
      `select row::INTEGER as row, id, purchase_probability, log_odds, problem from ${from}`,
    );
    return answer.getRowObjects() as unknown as ReadRow[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What is wrong with an output of the first `count` toy rows; empty = nothing. */
export function faultsOf(rows: readonly ReadRow[], count: number): string[] {
  const faults = rows.length === count ? [] : [`${rows.length} rows out, ${count} rows in`];
  for (const [index, row] of rows.entries()) {
    const logOdds = servedLogOdds(index) ?? null;
    if (row.row !== index || row.id !== `row-${index}`) faults.push(`row ${index} is ${row.row}, ${row.id}`);
    if (row.log_odds !== logOdds) faults.push(`row ${index} has ${row.log_odds}, served ${logOdds}`);
    if ((row.problem !== null && row.problem !== '') !== (logOdds === null)) faults.push(`row ${index}: ${row.problem}`);
    if (faults.length > 5) break;
  }
  return faults;
}
