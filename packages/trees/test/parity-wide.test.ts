import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRow } from '../src/encode-row.ts';
import { type Forest, rowWidth } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { scoreBatch } from '../src/score.ts';
import { openExplainer } from '../src/shap.ts';

interface Meta {
  readonly model: string;
  readonly library: string;
  readonly features: number;
  readonly rows: number;
  readonly thresholds: number;
  /** The words of columns whose rows hold numbers of words; what lies beyond, training never saw. */
  readonly words: Readonly<Record<number, readonly string[]>>;
  readonly base_margin: number | null;
  readonly tolerance: { readonly raw: number; readonly shap: number; readonly exact: number };
}

const trainer = fileURLToPath(new URL('../../../trainer/', import.meta.url));
const python = join(trainer, '.venv/bin/python');
const size = process.env.TILLCAST_LONG === '1' ? 'full' : 'small';
const reason = existsSync(python) ? undefined : 'skipped: no trainer/.venv (node bootstrap.mjs makes it)';
if (reason) console.info(`parity-wide: ${reason}`);

const folder = mkdtempSync(join(tmpdir(), 'tillcast-parity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function train(): readonly string[] {
  if (reason) return [];
  const run = spawnSync(python, ['-B', join(trainer, 'fixtures/wide.py'), folder, size], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`wide.py ended with ${run.status}: ${run.stderr}`);
  return readdirSync(folder).sort();
}

function readMatrix(file: string): Float64Array | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** The rows as the forest walks on them. */
function encodeWords(forest: Forest, numbers: Float64Array, { rows, features, words }: Meta): Float64Array {
  if (Object.keys(words).length === 0) return numbers;
  const width = rowWidth(forest);
  const encoded = new Float64Array(rows * width);
  const wordOf = (number: number, column: number) => (column in words ? (words[column]![number] ?? 'a word nobody saw') : number);
  for (let row = 0; row < rows; row++) {
    const values = Array.from(numbers.subarray(row * features, (row + 1) * features), wordOf);
    encoded.set(encodeRow(forest, values), row * width);
  }
  return encoded;
}

interface Worst {
  rows: number;
  error: number;
}

/** The largest distance to a matrix of contributions with the bias last; rows with a NaN bias were not explained. */
function compareShap(forest: Forest, rows: Float64Array, wanted: Float64Array = new Float64Array()): Worst {
  const width = forest.featureCount + 1;
  const explainer = openExplainer(forest);
  const out = new Float64Array(width);
  const worst = { rows: 0, error: 0 };
  for (let row = 0; row < wanted.length / width; row++) {
    if (Number.isNaN(wanted[row * width + width - 1])) continue;
    out[width - 1] = explainer.explain(rows, out, row * rowWidth(forest));
    for (let i = 0; i < width; i++) worst.error = Math.max(worst.error, Math.abs(out[i]! - wanted[row * width + i]!));
    worst.rows++;
  }
  return worst;
}

const told = ({ rows, error }: Worst): string => (rows === 0 ? 'none' : `${error} over ${rows} rows`);

describe.skipIf(reason !== undefined)(`wide parity (${size})`, { timeout: 1_800_000 }, () => {
  const cases = train();

  it.each(cases)('%s: raw scores and contributions at the thresholds, beside them, missing, infinite', (name) => {
    const meta = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8')) as Meta;
    const forest = readForest(readFileSync(join(folder, name, meta.model), 'utf8'), {
      baseMargin: meta.base_margin ?? undefined,
      file: name,
    });
    const matrix = (file: string) => readMatrix(join(folder, name, `${file}.f64`));
    const numbers = matrix('rows')!;
    expect(numbers.length).toBe(meta.rows * meta.features);
    const rows = encodeWords(forest, numbers, meta);

    const out = new Float64Array(meta.rows);
    scoreBatch(forest, rows, meta.rows, out);
    const libraryRaw = matrix('raw')!;
    const raw = out.reduce((worst, value, i) => Math.max(worst, Math.abs(value - libraryRaw[i]!)), 0);
    const shap = compareShap(forest, rows, matrix('shap'));
    const exact = compareShap(forest, rows, matrix('exact'));
    const figures = [
      `${meta.rows} rows at ${meta.thresholds} thresholds`,
      `raw ${raw}`,
      `shap ${told(shap)}`,
      `float64 shap ${told(exact)}`,
    ];
    console.info(`${name} (${meta.library}): ${figures.join(', ')}`);
    expect(raw).toBeLessThanOrEqual(meta.tolerance.raw);
    expect(shap.error).toBeLessThanOrEqual(meta.tolerance.shap);
    expect(exact.error).toBeLessThanOrEqual(meta.tolerance.exact);
    expect(shap.rows + exact.rows).toBeGreaterThan(0);
  });
});
