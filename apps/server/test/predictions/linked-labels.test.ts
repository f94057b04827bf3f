import type { ShopEvent } from '@tillcast/core/events/event';
import type { Outcome, PredictionLabel, PredictionLog } from '@tillcast/core/ports/prediction-log';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { describe, expect, it } from 'vitest';
import { aPrediction, askedMs } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { labelPredictions } from '../../src/jobs/label-predictions.ts';

const MINUTE_MS = 60_000;
const refundWindowMs = 30 * MINUTE_MS;
const phone = { anonymousId: 'd1' } as const;
const ana = { userId: 'ana' } as const;
const anaOnPhone = { ...phone, ...ana } as const;

const at = (minute: number, event: ShopEvent['event'], who: Partial<ShopEvent>, knownAfter = minute): ShopEvent => ({
  ...{ tenant: 'default', eventId: `${event}-${minute}`, event, sessionId: 's1', ...who },
  ...{ eventTimeMs: askedMs + minute * MINUTE_MS, receivedAtMs: askedMs + knownAfter * MINUTE_MS },
  items: event === 'login' ? [] : [{ itemId: 'shoe', price: 10, quantity: 1 }],
});

/** What the visitor of the phone looked at, and was asked about at minute 0, for 10 minutes ahead. */
const looked = at(-1, 'view_item', phone);

function asked(over: Parameters<typeof aPrediction>[0] = {}) {
  const { userId: _, ...plain } = aPrediction();
  const about = { shopper: 'a:d1', anonymousId: 'd1', sessionId: 's1', itemId: 'shoe', horizonMs: 10 * MINUTE_MS };
  return { ...plain, ...about, askedAtMs: askedMs, asOfMs: askedMs, ...over };
}

/** Decides labels each minute that is given, of all that was known by then. */
async function labelsAt(
  minutes: readonly number[],
  events: readonly ShopEvent[],
  spoil: (outcomes: readonly Outcome[]) => readonly Outcome[] = (all) => all,
  prediction = asked(),
): Promise<readonly PredictionLabel[]> {
  const kept = memoryPredictionLog();
  const log: PredictionLog = { ...kept, addOutcomes: (outcomes, windowMs) => kept.addOutcomes(spoil(outcomes), windowMs) };
  await log.append([prediction]);
  for (const minute of minutes) {
    const nowMs = askedMs + minute * MINUTE_MS;
    const known = memoryEventLog();
    await known.append(events.filter(({ receivedAtMs }) => receivedAtMs <= nowMs));
    await labelPredictions(known, log, { nowMs, refundWindowMs, sessionGapMs: 1_800_000, timeZone: 'UTC' });
  }
  return log.labels('default', prediction.predictionId);
}
const said = (labels: readonly PredictionLabel[]) => labels.map(({ label, labelNet }) => `${label}${labelNet}`);
const without = (kind: Outcome['event']) => (outcomes: readonly Outcome[]) => outcomes.filter(({ event }) => event !== kind);

describe('a visitor who logs in', () => {
  const bought = [looked, at(2, 'login', anaOnPhone), at(3, 'purchase', ana)];

  it.each(['item', 'session'] as const)('is told what they bought afterwards as their user (target %s)', async (target) => {
    expect(said(await labelsAt([10], bought, undefined, asked({ target })))).toEqual(['11']);
    expect(said(await labelsAt([10], bought, without('login'), asked({ target })))).toEqual(['00']);
  });

  it('with the very order that names both', async () => {
    expect(said(await labelsAt([10], [looked, at(2, 'purchase', anaOnPhone)]))).toEqual(['11']);
  });

  it('when the window has closed is somebody who did not buy by then', async () => {
    expect(said(await labelsAt([10, 40, 99], [looked, at(3, 'purchase', ana), at(11, 'login', anaOnPhone)]))).toEqual([
      '00',
      '00',
    ]);
  });

  it('on a device that somebody else had logged in on is nobody we know', async () => {
    const shared = [looked, at(1, 'login', { ...phone, userId: 'bea' }), at(2, 'login', anaOnPhone), at(3, 'purchase', ana)];
    expect(said(await labelsAt([10], shared))).toEqual(['00']);
  });

  it('is told of an order, and of a return, that becomes known when the label stands', async () => {
    const late = [looked, at(2, 'login', anaOnPhone), at(3, 'purchase', ana, 99)];
    expect(said(await labelsAt([10, 40, 99], late))).toEqual(['00', '00', '11']);
    expect(said(await labelsAt([10, 40, 99], late, without('echo')))).toEqual(['00', '00']);
    const returned = [...bought, at(20, 'refund', ana)];
    expect(said(await labelsAt([10, 20], returned))).toEqual(['11', '10']);
  });

  it('may return as a user what they had bought as a guest, and a user is told what they bought as a guest', async () => {
    const guest = [looked, at(1, 'purchase', phone), at(2, 'login', anaOnPhone)];
    expect(said(await labelsAt([10, 20], [...guest, at(15, 'refund', ana)]))).toEqual(['11', '10']);
    const ofUser = asked({ shopper: 'u:ana', userId: 'ana' });
    expect(said(await labelsAt([10], guest, undefined, ofUser))).toEqual(['11']);
    expect(said(await labelsAt([10], guest, without('login'), ofUser))).toEqual(['00']);
  });
});
