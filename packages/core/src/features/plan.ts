import { TillcastError } from '../errors/tillcast-error.ts';
import type { AnyAccumulator, Entity, Feature } from './feature.ts';

/** A catalogue made ready to run: each accumulator once, and where each feature finds the states it reads. */
export interface Plan {
  readonly features: readonly Feature[];
  /** The accumulators of an entity, in slot order. */
  readonly accumulators: Readonly<Record<Entity, readonly AnyAccumulator[]>>;
  /** Slots of a row: the states of all entities one after another; where each entity's begin. */
  readonly offsets: Readonly<Record<Entity, number>>;
  readonly slotCount: number;
  /** For each feature, the slots it reads. */
  readonly reads: readonly (readonly number[])[];
}

const entities: readonly Entity[] = ['session', 'shopper', 'item', 'brand', 'category', 'shop'];

/** Lays out the accumulators behind a catalogue; refuses two features, or two different accumulators, of one name. */
export function planCatalogue(features: readonly Feature[]): Plan {
  const unique = [...new Set(features.flatMap((feature) => feature.reads))];
  refuseDuplicates('feature', features);
  refuseDuplicates('accumulator', unique);
  const byEntity = entities.map((entity) => unique.filter((accumulator) => accumulator.entity === entity));
  const slots = byEntity.flat();
  const offsets = byEntity.map((_, index) => byEntity.slice(0, index).flat().length);
  return {
    features,
    accumulators: Object.fromEntries(entities.map((entity, index) => [entity, byEntity[index]!])) as Record<
      Entity,
      AnyAccumulator[]
    >,
    offsets: Object.fromEntries(entities.map((entity, index) => [entity, offsets[index]!])) as Record<Entity, number>,
    slotCount: slots.length,
    reads: features.map((feature) => feature.reads.map((accumulator) => slots.indexOf(accumulator))),
  };
}

/** Fresh states, one an accumulator. */
export function freshStates(accumulators: readonly AnyAccumulator[]): unknown[] {
  const states: unknown[] = [];
  for (const accumulator of accumulators) states.push(accumulator.start());
  return states;
}

function refuseDuplicates(kind: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new TillcastError('INPUT_INVALID', `the catalogue holds two ${kind}s named "${name}"; rename one`);
    seen.add(name);
  }
}
