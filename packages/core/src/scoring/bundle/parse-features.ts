import { Fields } from './fields.ts';
import { refuse } from './files.ts';

/** The features this build can compute; a bundle that needs another one is refused by name. */
export interface KnownFeatures {
  readonly names: readonly string[];
  /** Hash of the catalogue's definitions: a feature of the same name may have changed its meaning. Absent = not compared. */
  readonly hash?: string;
}

/** What a bundle keeps of a feature, so that it can be read without this build's catalogue. */
export interface FeatureNote {
  readonly name: string;
  readonly description: string;
  readonly family: string;
  readonly unit: string;
  readonly monotone?: 1 | -1;
}

function parseNote(fields: Fields): FeatureNote {
  fields.only('name', 'description', 'family', 'unit', 'monotone');
  const monotone = fields.has('monotone') ? { monotone: fields.choice('monotone', [1, -1]) } : {};
  return {
    name: fields.text('name'),
    description: fields.text('description'),
    family: fields.text('family'),
    unit: fields.text('unit'),
    ...monotone,
  };
}

/** features.json: one note a feature, in the order of the model's columns. */
export function parseFeatures(value: unknown, columns: readonly string[]): readonly FeatureNote[] {
  const notes = new Fields(value, 'features.json').only('features').objects('features', 4_096).map(parseNote);
  if (notes.length !== columns.length || notes.some((note, index) => note.name !== columns[index]))
    refuse('features.json does not list the features of manifest.json in their order');
  return notes;
}

/** encoders.json: learnt encodings of text columns. Ours are features (conversion rates), so the list is empty; another list is refused. */
export function parseEncoders(value: unknown): void {
  const encoders = new Fields(value, 'encoders.json').only('encoders').list('encoders', 0);
  if (encoders.length > 0) refuse('encoders.json holds encoders, which this version does not know');
}

/** Refuses a bundle whose features this build cannot compute as they were when it was trained. */
export function checkAgainstCatalogue(columns: readonly string[], hash: string, known: KnownFeatures): void {
  const names = new Set(known.names);
  const unknown = columns.filter((name) => !names.has(name));
  if (unknown.length > 0)
    refuse(
      `it needs ${unknown.length === 1 ? 'a feature' : 'features'} this build does not compute: ${unknown.slice(0, 5).join(', ')}`,
    );
  if (known.hash !== undefined && known.hash !== hash)
    refuse(
      `its features were computed by another version of the feature catalogue (${hash}; this build has ${known.hash}): train again`,
    );
}
