import { TillcastError } from '../errors/tillcast-error.ts';
import type { AnyAccumulator, Entity, Feature, Moment } from './feature.ts';

// Functions are taken out of their objects once: calling them through objects of many shapes costs more than most of them do.
/** An accumulator's fold. */
export type Fold = AnyAccumulator['fold'];
// biome-ignore lint/suspicious/noExplicitAny: each feature knows the types of the states it reads; `defineFeature` has checked them.
type State = any;
type Finish = (moment: Moment, ...states: State[]) => number;

/** The accumulators of one entity, made ready to run. */
export interface EntityPlan {
  readonly folds: readonly Fold[];
  /** Where this entity's states begin among the slots of a row. */
  readonly offset: number;
  /** New states, one an accumulator. */
  fresh(): unknown[];
}

/** A catalogue made ready to run: each accumulator once, and where each feature finds the states it reads. */
export interface Plan extends Readonly<Record<Entity, EntityPlan>> {
  readonly slotCount: number;
  /** Lets every feature finish from the slots and writes the row. */
  finish(moment: Moment, slots: readonly unknown[], out: Float32Array, offset: number): void;
}

/** Lays out the accumulators behind a catalogue; refuses two features, or two different accumulators, of one name. */
export function planCatalogue(features: readonly Feature[]): Plan {
  const unique = [...new Set(features.flatMap((feature) => feature.reads))];
  refuseDuplicates('feature', features);
  refuseDuplicates('accumulator', unique);
  const slots: AnyAccumulator[] = [];
  const planEntity = (entity: Entity): EntityPlan => {
    const own = unique.filter((accumulator) => accumulator.entity === entity);
    const offset = slots.length;
    slots.push(...own);
    const starts = own.map((accumulator) => accumulator.start);
    return { folds: own.map((accumulator) => accumulator.fold), offset, fresh: () => freshStates(starts) };
  };
  return {
    session: planEntity('session'),
    shopper: planEntity('shopper'),
    item: planEntity('item'),
    brand: planEntity('brand'),
    category: planEntity('category'),
    shop: planEntity('shop'),
    slotCount: slots.length,
    finish: planFinish(features, slots),
  };
}

function freshStates(starts: readonly (() => unknown)[]): unknown[] {
  const states: unknown[] = [];
  for (const start of starts) states.push(start());
  return states;
}

function planFinish(features: readonly Feature[], slots: readonly AnyAccumulator[]): Plan['finish'] {
  const finishes = features.map((feature) => feature.finish as Finish);
  const counts = features.map(({ reads }) => reads.length);
  const [first, second, third] = [0, 1, 2].map((at) => features.map(({ reads }) => slots.indexOf(reads[at]!))) as [
    number[],
    number[],
    number[],
  ];
  const all = features.map(({ reads }) => reads.map((accumulator) => slots.indexOf(accumulator)));

  // By number of states read, because spreading an array into a call costs more than most features.
  return (moment, states, out, offset) => {
    for (let at = 0; at < finishes.length; at++) {
      const finish = finishes[at]!;
      const count = counts[at]!;
      if (count === 1) out[offset + at] = finish(moment, states[first[at]!]);
      else if (count === 0) out[offset + at] = finish(moment);
      else if (count === 2) out[offset + at] = finish(moment, states[first[at]!], states[second[at]!]);
      else if (count === 3) out[offset + at] = finish(moment, states[first[at]!], states[second[at]!], states[third[at]!]);
      else out[offset + at] = finish(moment, ...all[at]!.map((slot) => states[slot]));
    }
  };
}

function refuseDuplicates(kind: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new TillcastError('INPUT_INVALID', `the catalogue holds two ${kind}s named "${name}"; rename one`);
    seen.add(name);
  }
}
