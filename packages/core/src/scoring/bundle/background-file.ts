import { type Background, type BackgroundName, type Backgrounds, backgroundNames } from '../background.ts';
import { Fields } from './fields.ts';
import { refuse } from './files.ts';
import { float32Json, parseFloat32 } from './float32-value.ts';

/** Where a bundle keeps its backgrounds; bundles made before there were any have no such file. */
export const BACKGROUND_FILE = 'background.json';

const MOST_ROWS = 1_024;

/** background.json as contracts/background.schema.json has it, a row a line. */
export function backgroundText(backgrounds: Backgrounds): string {
  const populations = backgroundNames.flatMap((name) => {
    const background = backgrounds[name];
    return background === undefined ? [] : [`${JSON.stringify(name)}:[\n${rowsText(background)}\n]`];
  });
  return `{${populations.join(',\n')}}\n`;
}

function rowsText({ rows, rowCount }: Background): string {
  const width = rows.length / rowCount;
  return Array.from({ length: rowCount }, (_, row) =>
    JSON.stringify(Array.from(rows.subarray(row * width, (row + 1) * width), float32Json)),
  ).join(',\n');
}

/** Reads background.json, or refuses it by population and row; each row has `features` values. */
export function parseBackgrounds(value: unknown, features: number): Backgrounds {
  const fields = new Fields(value, BACKGROUND_FILE).only(...backgroundNames);
  return Object.fromEntries(
    backgroundNames.filter((name) => fields.has(name)).map((name) => [name, parseBackground(fields, name, features)]),
  );
}

function parseBackground(fields: Fields, name: BackgroundName, features: number): Background {
  const lines = fields.list(name, MOST_ROWS);
  if (lines.length === 0) refuse(`${BACKGROUND_FILE}: "${name}" has no row; leave it out`);
  const rows = new Float32Array(lines.length * features);
  for (const [at, line] of lines.entries()) {
    const where = `${BACKGROUND_FILE}: "${name}", row ${at + 1}`;
    if (!Array.isArray(line) || line.length !== features) refuse(`${where} must be a list of ${features} values`);
    rows.set(
      (line as unknown[]).map((one) => parseFloat32(one, where)),
      at * features,
    );
  }
  return { rowCount: lines.length, rows };
}
