import { compareEvents, knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { decideLabels } from '@tillcast/core/outcomes/decide-labels';
import { outcomeOf } from '@tillcast/core/outcomes/outcome-of';
import type { LabelDue, Outcome } from '@tillcast/core/ports/prediction-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anOutcome, askedMs } from '../arbitraries/prediction.ts';
import { labelByDefinition } from './label-definition.ts';

const MINUTE_MS = 60_000;
const numRuns = Number(process.env.TILLCAST_LAW_RUNS ?? (process.env.TILLCAST_LONG ? 20_000 : 600));

const due: fc.Arbitrary<LabelDue> = fc.record({
  tenant: fc.constant('default'),
  predictionId: fc.uuid(),
  shopper: fc.constant('u:ana'),
  sessionId: fc.constantFrom('s1', 's2'),
  itemId: fc.constantFrom('shoe', 'hat'),
  target: fc.constantFrom('item' as const, 'session' as const),
  horizonMs: fc.constantFrom(0, MINUTE_MS, 5 * MINUTE_MS),
  askedAtMs: fc.integer({ min: 0, max: 12 }).map((n) => askedMs + n * MINUTE_MS),
  asOfMs: fc.integer({ min: 0, max: 12 }).map((n) => askedMs + n * MINUTE_MS),
  revision: fc.nat(3),
});

const outcomes: fc.Arbitrary<Outcome[]> = fc.uniqueArray(
  fc
    .record({
      eventId: fc.constantFrom(...'abcdefghijkl'),
      event: fc.constantFrom('purchase' as const, 'purchase' as const, 'refund' as const),
      minute: fc.integer({ min: -1, max: 16 }),
      lateMinutes: fc.constantFrom(0, 0, 0, 1, 4),
      sessionId: fc.constantFrom('s1', 's2'),
      transactionId: fc.constantFrom('t1', 't2', undefined),
      items: fc.array(fc.record({ itemId: fc.constantFrom('shoe', 'hat'), quantity: fc.integer({ min: 1, max: 2 }) }), {
        maxLength: 2,
      }),
    })
    .map(({ minute, lateMinutes, transactionId, ...rest }) => {
      const eventTimeMs = askedMs + minute * MINUTE_MS;
      const order = transactionId === undefined ? {} : { transactionId };
      return anOutcome({ ...rest, ...order, eventTimeMs, receivedAtMs: eventTimeMs + lateMinutes * MINUTE_MS });
    }),
  { selector: ({ eventId }) => eventId, maxLength: 8 },
);

const at = { nowMs: askedMs + 60 * MINUTE_MS, refundWindowMs: 3 * MINUTE_MS };

describe('deciding labels', () => {
  it('gives what the definition says, spelt out for each prediction', () => {
    fc.assert(
      fc.property(fc.array(due, { maxLength: 8 }), outcomes, (predictions, known) => {
        const decided = decideLabels(predictions, known, at);
        expect(decided).toHaveLength(predictions.length);
        for (const one of predictions) {
          const { label } = decided.find(({ predictionId }) => predictionId === one.predictionId)!;
          expect({ label: label!.label, labelNet: label!.labelNet }).toEqual(labelByDefinition(one, known, at.refundWindowMs));
        }
      }),
      { numRuns },
    );
  });

  it('needs no outcome from before the earliest moment asked about', () => {
    fc.assert(
      fc.property(fc.array(due, { minLength: 1, maxLength: 4 }), outcomes, (predictions, known) => {
        const fromMs = Math.min(...predictions.map(({ asOfMs }) => asOfMs));
        const later = known.filter(({ eventTimeMs }) => eventTimeMs >= fromMs);
        expect(decideLabels(predictions, later, at)).toEqual(decideLabels(predictions, known, at));
      }),
      { numRuns: numRuns / 2 },
    );
  });

  it.each([
    ['a purchase counts though it was known', (o: Outcome) => ({ ...o, receivedAtMs: askedMs + 99 * MINUTE_MS })],
    ['returns are not looked at', (o: Outcome) => ({ ...o, event: 'purchase' as const })],
    ['a line counts one minute late', (o: Outcome) => ({ ...o, eventTimeMs: o.eventTimeMs + MINUTE_MS })],
  ])('the definition catches a planted fault: %s', (_, spoil) => {
    const isRight = fc.property(due, outcomes, (one, known) => {
      const [decided] = decideLabels([one], known.map(spoil), at);
      const { label, labelNet } = decided!.label!;
      return JSON.stringify({ label, labelNet }) === JSON.stringify(labelByDefinition(one, known, at.refundWindowMs));
    });
    expect(fc.check(isRight, { numRuns: 2_000, seed: 1 }).failed).toBe(true);
  });

  it('says why there is a new version, and nothing where there is nothing new', () => {
    const [first] = fc.sample(due, { numRuns: 1, seed: 7 });
    const asked = {
      ...first!,
      target: 'item' as const,
      itemId: 'shoe',
      asOfMs: askedMs,
      askedAtMs: askedMs,
      horizonMs: MINUTE_MS,
    };
    const bought = anOutcome({ eventTimeMs: askedMs + 1, receivedAtMs: askedMs + 1 });
    const returned = anOutcome({ eventId: 'e2', event: 'refund', eventTimeMs: askedMs + 2, receivedAtMs: askedMs + 2 });
    const early = { ...at, nowMs: askedMs + MINUTE_MS };
    const [closed] = decideLabels([asked], [bought], early);
    expect(closed).toMatchObject({ upon: 0, label: { version: 1, label: 1, labelNet: 1, netFinal: false, because: 'closed' } });
    const current = closed!.label!;
    expect(decideLabels([{ ...asked, current }], [bought], early)[0]!.label).toBeUndefined();
    const [reopened] = decideLabels([{ ...asked, current }], [bought, returned], early);
    expect(reopened).toMatchObject({ upon: 1, label: { version: 2, label: 1, labelNet: 0, because: 'reopened' } });
    const [matured] = decideLabels([{ ...asked, current }], [bought], at);
    expect(matured).toMatchObject({ upon: 1, label: { version: 2, netFinal: true, because: 'matured' } });
    const final = matured!.label!;
    expect(decideLabels([{ ...asked, current: final }], [bought], early)[0]!.label).toBeUndefined();
  });
});

describe('an outcome', () => {
  const event: ShopEvent = {
    ...{ tenant: 'default', eventId: 'e', event: 'purchase', eventTimeMs: 1, receivedAtMs: 2, userId: 'ana', sessionId: 'named' },
    items: [{ itemId: 'shoe', price: 9, quantity: 2 }],
  };
  it('is what labels need of a purchase or refund, and nothing else', () => {
    expect(outcomeOf(event, { shopper: 'u:ana', sessionId: 't1' })).toEqual({
      ...{
        tenant: 'default',
        shopper: 'u:ana',
        sessionId: 't1',
        eventId: 'e',
        event: 'purchase',
        eventTimeMs: 1,
        receivedAtMs: 2,
      },
      items: [{ itemId: 'shoe', quantity: 2 }],
    });
    expect(outcomeOf(event, { shopper: 'u:ana', sessionId: undefined })!.sessionId).toBe('named');
    expect(outcomeOf({ ...event, event: 'view_item' }, { shopper: 'u:ana', sessionId: 't1' })).toBeUndefined();
    const mark = { kind: 'bot', rule: 'r', version: '1' } as const;
    expect(outcomeOf({ ...event, mark }, { shopper: 'u:ana', sessionId: 't1' })).toBeUndefined();
    expect([compareEvents(event, event), knowableAtMs(event)]).toEqual([0, 2]);
  });
});
