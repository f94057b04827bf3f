import { type EventsAnswer, EventsAnswer as EventsAnswerSchema } from '@tillcast/api/events';
import type { ShoppersAnswer } from '@tillcast/api/shoppers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { openToyService, wireEvent } from '../toys/toy-service.ts';

const faults = compileChecker(EventsAnswerSchema);
const service = await openToyService();
const { post } = service;

describe('POST /v1/events', () => {
  it.each([
    ['one event', wireEvent('one', 'view_item'), 1],
    ['an array', [wireEvent('a1', 'view_item'), wireEvent('a2', 'view_item')], 2],
    ['a wrapped array', { events: [wireEvent('w1', 'view_item')] }, 1],
    ['an alias of another vocabulary', wireEvent('alias', 'view'), 1],
  ])('takes %s', async (_what, body, accepted) => {
    expect((await post('/v1/events', body)).json()).toEqual({ accepted, duplicate: 0, rejected: 0, errors: [] });
  });

  it('counts a repeated event once, and refuses another body under the same id', async () => {
    const event = wireEvent('twice', 'view_item');
    await post('/v1/events', event);
    expect((await post('/v1/events', [event, event])).json()).toMatchObject({ accepted: 0, duplicate: 2 });
    const answer = (await post('/v1/events', [{ ...event, event: 'purchase' }, event])).json<EventsAnswer>();
    expect(answer).toMatchObject({
      accepted: 0,
      duplicate: 1,
      rejected: 1,
      errors: [{ index: 0, problem: { status: 409, code: 'EVENT_CONFLICT' } }],
    });
    expect(faults(answer)).toEqual([]);
  });

  it('answers an event sent by itself with its own problem', async () => {
    const event = wireEvent('alone', 'view_item');
    expect((await post('/v1/events', event)).json()).toMatchObject({ accepted: 1 });
    expect((await post('/v1/events', event)).json()).toMatchObject({ duplicate: 1 });
    const conflict = await post('/v1/events', { ...event, event: 'purchase' });
    expect(conflict.json()).toMatchObject({ status: 409, code: 'EVENT_CONFLICT', detail: expect.stringContaining('"alone"') });
    const wrong = await post('/v1/events', { ...event, event_id: 'wrong', items: [{ item_id: 'p1', price: -1 }] });
    expect(wrong.json()).toMatchObject({ status: 400, code: 'INPUT_INVALID', errors: [{ pointer: '/items/0/price' }] });
    expect((await post('/v1/events', null)).json()).toMatchObject({ status: 400 });
  });

  it('says which of the accepted came too late to change a feature', async () => {
    const answer = (
      await post('/v1/events', [wireEvent('fresh', 'view_item'), wireEvent('old', 'view_item', {}, 7_200)])
    ).json<EventsAnswer>();
    expect(answer).toEqual({ accepted: 2, duplicate: 0, rejected: 0, too_late: 1, errors: [] });
    expect(faults(answer)).toEqual([]);
  });

  it('received = accepted + duplicate + rejected, whatever is sent; each error points at its event', async () => {
    const { eventLog, post: send } = await openToyService();
    const item = fc.oneof(
      fc.integer({ min: 0, max: 5 }).map((n) => wireEvent(`id${n}`, 'view_item')),
      fc.integer({ min: 0, max: 5 }).map((n) => wireEvent(`id${n}`, 'add_to_cart')),
      fc.jsonValue({ maxDepth: 2 }).filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value))),
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 20 }), async (events) => {
        const answer = (await send('/v1/events', { events })).json<EventsAnswer>();
        expect(faults(answer)).toEqual([]);
        expect(answer.accepted + answer.duplicate + answer.rejected).toBe(events.length);
        expect(new Set(answer.errors.map(({ index }) => index)).size).toBe(answer.rejected);
        accepted += answer.accepted;
        expect(await eventLog.count()).toBe(accepted);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['nothing', []],
    ['no list', { events: {} }],
    ['something beside the list', { events: [wireEvent('x', 'view_item')], more: 1 }],
    ['1,001 events', Array.from({ length: 1_001 }, (_, index) => wireEvent(`m${index}`, 'view_item'))],
  ])('refuses %s whole', async (_what, body) => {
    const before = await service.eventLog.count();
    expect((await post('/v1/events', body)).statusCode).toBe(400);
    expect(await service.eventLog.count()).toBe(before);
  });

  it('is not acked when the disk did not take it', async () => {
    const { eventLog, post: send, get } = await openToyService();
    await eventLog.close();
    const response = await send('/v1/events', wireEvent('lost', 'view_item'));
    expect(response.json()).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' });
    expect(response.headers['retry-after']).toBeDefined();
    expect((await get('/v1/shoppers')).json<ShoppersAnswer>().known).toBe(0);
  });
});
