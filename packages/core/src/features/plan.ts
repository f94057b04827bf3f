import { TillcastError } from '../errors/tillcast-error.ts';
import type { AnyAccumulator, Entity, Feature, Moment } from './feature.ts';

// Functions are taken out of their objects once: calling them through objects of many shapes costs more than most of them do.
/** An accumulator's fold. */
export type Fold = AnyAccumulator['fold'];
/** An accumulator's join. */
type Join = NonNullable<AnyAccumulator['join']>;
// biome-ignore lint/suspicious/noExplicitAny: each feature knows the types of the states it reads; `defineFeature` has checked them.
type State = any;
/** A feature made ready to run. */
interface ReadyFeature {
  readonly at: number;
  readonly finish: Finish;
  readonly slots: readonly number[];
}
type Ready = readonly [ReadyFeature[], ReadyFeature[], ReadyFeature[], ReadyFeature[]];
type Finish = (moment: Moment, ...states: State[]) => number;

/** The accumulators of one entity, made ready to run. */
export interface EntityPlan {
  readonly folds: readonly Fold[];
  /** Parallel to `folds`; of an accumulator without one, the later state stands for both. */
  readonly joins: readonly Join[];
  /** Parallel to `folds`: how their states add up over processes, where all shoppers share them. */
  readonly counters: readonly AnyAccumulator['counters'][];
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
    const folds = own.map((accumulator) => accumulator.fold);
    const joins = own.map((accumulator): Join => accumulator.join ?? ((_, later) => later));
    const counters = own.map((accumulator) => accumulator.counters);
    return { folds, joins, counters, offset, fresh: () => freshStates(starts) };
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
  const ready = features.map(({ finish, reads }, at) => ({
    ...{ at, finish: finish as Finish, arity: reads.length },
    slots: reads.map((accumulator) => slots.indexOf(accumulator)),
  }));
  const [none, one, two, three] = [0, 1, 2, 3].map((arity) => ready.filter((each) => each.arity === arity)) as unknown as Ready;
  const more = ready.filter(({ arity }) => arity > 3);

  // By number of states read, because spreading an array into a call costs more than most features.
  return (moment, states, out, offset) => {
    for (const { at, finish } of none) out[offset + at] = finish(moment);
    for (const { at, finish, slots } of one) out[offset + at] = finish(moment, states[slots[0]!]);
    for (const { at, finish, slots } of two) out[offset + at] = finish(moment, states[slots[0]!], states[slots[1]!]);
    for (const { at, finish, slots } of three) {
      out[offset + at] = finish(moment, states[slots[0]!], states[slots[1]!], states[slots[2]!]);
    }
    for (const { at, finish, slots } of more) out[offset + at] = finish(moment, ...slots.map((slot) => states[slot]));
  };
}

function refuseDuplicates(kind: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new TillcastError('INPUT_INVALID', `the catalogue holds two ${kind}s named "${name}"; rename one`);
    seen.add(name);
  }
}
