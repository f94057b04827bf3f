import { knowableAtMs } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { cloneState } from '@tillcast/core/features/clone-state';
import type { Feature } from '@tillcast/core/features/feature';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyHistory, lateHistory, longLateHistory, promptHistory } from './histories.ts';
import { futureChangesPast, infinite, orderMatters, repetitionMatters, streamDiffersFromBatch } from './laws.ts';
import { countsDeliveries, countsQuestions, divides, floatingSum, lastArrivedPrice, leaks } from './planted-faults.ts';

/** 20,000 by `npm run long`. */
const numRuns = Number(process.env.TILLCAST_LAW_RUNS ?? (process.env.TILLCAST_LONG ? 20_000 : 300));
const params = { numRuns };
// Enough for every planted fault to be found with certainty, on fixed seeds.
const faultParams = { numRuns: 1_000, seed: 1 };
const real = () => featureCatalog;

/** A history and what became known after it. */
const pastAndFuture = fc.tuple(anyHistory(), fc.double({ min: 0, max: 1, noNaN: true })).map(([history, share]) => {
  const known = history.map(knowableAtMs).sort((a, b) => a - b);
  const cutMs = known[Math.floor(share * known.length)] ?? 0;
  return [
    history.filter((event) => knowableAtMs(event) <= cutMs),
    history.filter((event) => knowableAtMs(event) > cutMs),
  ] as const;
});

/** By name, so that a failure says which members of the catalogue break the law. */
function noneBreaks(names: readonly string[]): void {
  expect([...new Set(names)]).toEqual([]);
}

const expectFault = (property: fc.IProperty<unknown>): void =>
  expect(fc.check(property as fc.IProperty<unknown>, faultParams).failed).toBe(true);

describe('the laws of features, over the whole catalogue', () => {
  it('the future never changes the past', () => {
    fc.assert(
      fc.property(pastAndFuture, ([past, future]) => noneBreaks(futureChangesPast(real, past, future))),
      params,
    );
  });

  it('a stream gives what a batch gives, and asking changes nothing', () => {
    fc.assert(
      fc.property(anyHistory(12), (history) => noneBreaks(streamDiffersFromBatch(featureCatalog, history))),
      params,
    );
  });

  it('late and permuted delivery gives the bits of delivery in order', () => {
    fc.assert(
      fc.property(lateHistory(), (history) => noneBreaks(orderMatters(featureCatalog, history))),
      { numRuns: 3 * numRuns },
    );
  });

  it('so it does over histories long enough to settle, to rest and to forget', () => {
    fc.assert(
      fc.property(longLateHistory(3_000), (history) => noneBreaks(orderMatters(featureCatalog, history, 60))),
      // Shrinking a history of thousands would take hours and say little.
      { numRuns: Math.max(2, numRuns / 100), endOnFailure: true },
    );
  });

  it('an event handed over again changes nothing', () => {
    fc.assert(
      fc.property(lateHistory(), fc.array(fc.nat(100)), (history, again) =>
        noneBreaks(repetitionMatters(featureCatalog, history, again)),
      ),
      params,
    );
  });

  it('each value is a float32 number or NaN', () => {
    fc.assert(
      fc.property(anyHistory(), (history) => noneBreaks(infinite(featureCatalog, history))),
      params,
    );
  });

  it('a state is plain data: copied like structuredClone, and folding the copy leaves the original alone', () => {
    const accumulators = [...new Set(featureCatalog.flatMap(({ reads }) => reads))];
    fc.assert(
      fc.property(promptHistory(), (history) => {
        for (const { start, fold } of accumulators) {
          const state = history.reduce((before, event) => fold(before, event, event.items[0]), start());
          const copy = cloneState(state);
          expect(copy).toEqual(structuredClone(state));
          for (const event of history) fold(copy, event, event.items[0]);
          expect(history.reduce((before, event) => fold(before, event, event.items[0]), start())).toEqual(state);
        }
      }),
      { numRuns: numRuns / 4 },
    );
  });
});

describe('the laws catch planted faults', () => {
  it.each(leaks)('a leak that %s', (_, catalogFor) => {
    expectFault(fc.property(pastAndFuture, ([past, future]) => futureChangesPast(catalogFor, past, future).length === 0));
  });

  it.each([lastArrivedPrice, floatingSum])('$name: a shared state that depends on the order of arrival', (planted) => {
    expectFault(fc.property(lateHistory(), (history) => orderMatters([planted], history).length === 0));
  });

  it('a feature that changes what it reads', () => {
    expectFault(fc.property(promptHistory(12), (history) => streamDiffersFromBatch([countsQuestions], history).length === 0));
  });

  it('a state kept outside the state', () => {
    expectFault(fc.property(promptHistory(12), (history) => streamDiffersFromBatch([countsDeliveries], history).length === 0));
  });

  it('an infinite value', () => {
    expectFault(fc.property(promptHistory(12), (history) => infinite([divides], history).length === 0));
  });
});

describe.each(featureCatalog.map((feature) => [feature.name, feature] as const))('%s', (name, feature: Feature) => {
  it('says what it is', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]{2,39}$/);
    expect(feature.description).toMatch(/^[A-Z].{10,}\.$/);
    expect(['session', 'shopper', 'demand', 'calendar', 'offer']).toContain(feature.family);
    expect(['count', 'ms', 'minutes', 'days', 'currency', 'share', 'flag', 'hour', 'ratio', 'cycle']).toContain(feature.unit);
    expect(feature.windowMs ?? 1).toBeGreaterThan(0);
  });
});
