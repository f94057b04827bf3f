import type { TargetingFacts } from '@tillcast/core/experiments/targeting';

const isFact = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

/** What targeting may ask: the attributes by their own name, and as text under `context.NAME`. */
export function factsOfContext(context: Readonly<Record<string, unknown>>): TargetingFacts {
  const facts = Object.entries(context).filter((entry): entry is [string, string | number | boolean] => isFact(entry[1]));
  return Object.fromEntries([...facts, ...facts.map(([name, value]) => [`context.${name}`, String(value)])]);
}
