import { type MemberName, memberNames } from '../ensemble.ts';
import { Fields } from './fields.ts';
import { refuse } from './files.ts';
import { parseFloat32 } from './float32-value.ts';
import { parseStrictJson } from './strict-json.ts';

/** A row and what a member's own library answered to it. */
export interface GoldenRow {
  /** float32 values; NaN = missing. */
  readonly row: Float32Array;
  readonly members: Readonly<Partial<Record<MemberName, GoldenAnswer>>>;
}

export interface GoldenAnswer {
  /** Log-odds of boosted members, probability of the forest. */
  readonly raw: number;
  readonly contributions?: readonly number[];
  readonly base?: number;
}

function parseAnswer(fields: Fields, features: number, where: string): GoldenAnswer {
  fields.only('raw', 'contributions', 'base');
  const raw = fields.number('raw');
  if (!fields.has('contributions')) return { raw };
  const contributions = fields.numbers('contributions', features);
  if (contributions.length !== features) refuse(`${where} has ${contributions.length} contributions for ${features} features`);
  return { raw, contributions, base: fields.number('base') };
}

function parseLine(line: string, index: number, features: number): GoldenRow {
  const where = `golden.jsonl, line ${index + 1}`;
  const fields = new Fields(parseStrictJson(line, where), where).only('row', 'members');
  const row = Float32Array.from(fields.list('row', features), (value) => parseFloat32(value, where));
  if (row.length !== features) refuse(`${where} has ${row.length} values for ${features} features`);
  const answers = fields.object('members').only(...memberNames);
  const members: Partial<Record<MemberName, GoldenAnswer>> = {};
  for (const name of memberNames) if (answers.has(name)) members[name] = parseAnswer(answers.object(name), features, where);
  return { row, members };
}

/** golden.jsonl: one row a line, contracts/golden-row.schema.json. */
export function parseGolden(text: string, features: number): readonly GoldenRow[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 10_000) refuse(`golden.jsonl has ${lines.length} rows; at most 10,000 are read`);
  return lines.map((line, index) => parseLine(line, index, features));
}
