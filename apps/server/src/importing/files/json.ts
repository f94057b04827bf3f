import { type Fields, isFields } from '@tillcast/core/events/read-field';

/** A table writes "absent" as null; events leave it out. Own properties only, whatever their names. */
export function withoutNulls(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([name, value]) => [name, stripped(value)]));
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  return isFields(value) ? withoutNulls(value) : value;
}

/** JSON with the names of every object sorted: equal content, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    isFields(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
