import { type Fields, own } from '@tillcast/core/events/read-field';

/** A cell as text: empty and absent are undefined, whole numbers that fit become digits; what is neither is handed on for the parser to refuse by name. */
export function text(fields: Fields, name: string): unknown {
  const value = own(fields, name);
  if (value === '' || value === null || value === undefined) return undefined;
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : value;
}

/** A cell as a number: decimal text is read, anything else is handed on for the parser to refuse by name. */
export function number(fields: Fields, name: string): unknown {
  const value = own(fields, name);
  if (value === '' || value === null || value === undefined) return undefined;
  return typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value.trim()) ? Number(value) : value;
}

/** Leaves out what is undefined. */
export function compact(fields: Fields): Fields {
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}
