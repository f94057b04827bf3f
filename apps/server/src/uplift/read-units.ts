import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { murmur3 } from '@tillcast/core/experiments/murmur3';
import { inDuckDb, sqlName, sqlText } from '../duckdb.ts';
import type { ExperimentUnits } from './units.ts';

/** Cross-fitting within folds needs at least three. */
const FOLDS = 3;
const own = ['unit', 'variant', 'conversion', 'profit'] as const;
const propensityOf = /^propensity_/;

/** What a units file is read with. */
export interface UnitsFile {
  readonly file: string;
  /** The variants, control first; each needs a column propensity_<variant>. */
  readonly arms: readonly string[];
  /** Default: every numeric column that has no other meaning. */
  readonly features?: readonly string[];
}

/**
 * Reads a unit table (Parquet, CSV or TSV): unit, variant, conversion (0 or 1), profit (money, costs taken off), propensity_<variant> of every variant, and
 * numeric features as they were before the exposure. A value that cannot be believed is refused by column and row.
 */
export async function readUnits({ file, arms, features }: UnitsFile): Promise<ExperimentUnits> {
  return inDuckDb({ threads: '1' }, async (connection) => {
    const from = file.toLowerCase().endsWith('.parquet')
      ? `read_parquet(${sqlText(file)})`
      : `read_csv(${sqlText(file)}, sample_size=-1)`;
    const described = (await connection.runAndReadAll(`describe select * from ${from}`)).getRowObjectsJS();
    const columns = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
    const chosen = features ?? columns.filter(isFeature).map(({ name }) => name);
    const propensities = arms.map((arm) => `propensity_${arm}`);
    for (const name of [...own, ...propensities, ...chosen]) needColumn(file, columns, name);
    if (chosen.length === 0)
      throw refusal(
        `${file} has no numeric column besides those of the experiment; add what was known of each unit before its exposure`,
      );
    const numbers = ['conversion', 'profit', ...propensities, ...chosen];
    const sql = `select ${sqlName('unit')}::varchar, ${sqlName('variant')}::varchar, ${numbers.map((name) => `${sqlName(name)}::double`).join(', ')} from ${from}`;
    const rows = (await connection.runAndReadAll(sql)).getRowsJS() as (string | number | null)[][];
    return unitsOf(file, rows, arms, chosen);
  }).catch((error: unknown) => {
    if (error instanceof TillcastError) throw error;
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  });
}

const isFeature = ({ name, type }: { name: string; type: string }): boolean =>
  !(own as readonly string[]).includes(name) && !propensityOf.test(name) && /INT|DOUBLE|FLOAT|DECIMAL|BOOLEAN/.test(type);

function needColumn(file: string, columns: readonly { name: string }[], name: string): void {
  if (columns.some((column) => column.name === name)) return;
  throw refusal(
    `${file} has no column "${name}"; it needs ${own.join(', ')}, propensity_<variant> of each variant as it was when the variant was drawn, and features`,
  );
}

function unitsOf(
  file: string,
  rows: readonly (string | number | null)[][],
  arms: readonly string[],
  features: readonly string[],
): ExperimentUnits {
  const [count, width] = [rows.length, features.length];
  if (count === 0) throw refusal(`${file} has no rows`);
  const units = {
    ...{ count, featureNames: features, features: new Float32Array(count * width), arms },
    ...{ arm: new Uint8Array(count), propensities: new Float64Array(count * arms.length), bought: new Uint8Array(count) },
    ...{ profit: new Float64Array(count), fold: new Uint8Array(count) },
  };
  for (const [row, [unit, variant, conversion, profit, ...rest]] of rows.entries()) {
    const where = `${file}, row ${row + 1}`;
    const arm = arms.indexOf(String(variant));
    if (arm === -1) throw refusal(`${where}: variant is ${JSON.stringify(variant)}; it must be one of ${arms.join(', ')}`);
    if (conversion !== 0 && conversion !== 1) throw refusal(`${where}: conversion is ${String(conversion)}; it must be 0 or 1`);
    if (typeof profit !== 'number' || !Number.isFinite(profit))
      throw refusal(`${where}: profit is ${String(profit)}; it must be a number`);
    units.arm[row] = arm;
    units.bought[row] = conversion;
    units.profit[row] = profit;
    const chances = rest.slice(0, arms.length);
    checkChances(where, chances, arm);
    for (const [i, chance] of chances.entries()) units.propensities[row * arms.length + i] = chance as number;
    for (let i = 0; i < width; i++) units.features[row * width + i] = (rest[arms.length + i] as number | null) ?? Number.NaN;
    // By unit, so that a unit that stands there twice is on one side of every fold.
    units.fold[row] = murmur3(`fold\n${unit}`) % FOLDS;
  }
  return units;
}

function checkChances(where: string, chances: readonly (string | number | null)[], arm: number): void {
  const sum = chances.reduce<number>((total, one) => total + (typeof one === 'number' && one >= 0 ? one : Number.NaN), 0);
  if (!(Math.abs(sum - 1) <= 1e-6))
    throw refusal(`${where}: the propensities are ${chances.join(', ')}; they must be 0 or more and sum to 1`);
  if (!((chances[arm] as number) > 0)) throw refusal(`${where}: the unit got a variant whose propensity is 0; mend the log`);
}

const refusal = (text: string): TillcastError => new TillcastError('INPUT_INVALID', text);
