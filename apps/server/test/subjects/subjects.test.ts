import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventsAnswer } from '@tillcast/api/events';
import {
  SubjectErased as ErasedSchema,
  SubjectExport as ExportSchema,
  type SubjectErased,
  type SubjectExport,
} from '@tillcast/api/subjects';
import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { sqliteSuppressions } from '@tillcast/stores/sqlite/suppressions';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { aPrediction } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { compileChecker } from '../../src/http/validation.ts';
import { openSource } from '../../src/importing/sources/open-source.ts';
import { letterOf } from '../../src/ingest/letters.ts';
import { importEvents } from '../../src/jobs/import-events.ts';
import { replayDeadLetters } from '../../src/jobs/replay-dead-letters.ts';
import { openErasedList } from '../../src/subjects/erased-list.ts';
import { findSubjectEvents } from '../../src/subjects/find-events.ts';
import { parseSubject } from '../../src/subjects/subject.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question, wireEvent } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-subjects-'));
afterAll(() => rmSync(folder, { recursive: true }));
const exportFaults = compileChecker(ExportSchema);
const erasedFaults = compileChecker(ErasedSchema);

const anonymous = { user_id: undefined, anonymous_id: 'phone' };
const loggedIn = { user_id: 'ana', anonymous_id: 'phone' };
/** Ana, on her phone first as nobody; and Bea, who is somebody else. */
const visit = [
  wireEvent('before', 'add_to_cart', anonymous, 90),
  wireEvent('login', 'view_item', loggedIn, 80),
  wireEvent('after', 'view_item', anonymous, 70),
  wireEvent('elsewhere', 'view_item', { anonymous_id: 'tablet', user_id: undefined }, 60),
  wireEvent('bea', 'view_item', { user_id: 'bea' }, 50),
];

/** A prediction from before all of it: what labels were told is kept for it. */
const hourBefore = fridayEvening - 3_600_000;
const earlier = aPrediction({ shopper: 'u:zoe', userId: 'zoe', askedAtMs: hourBefore, asOfMs: hourBefore });

async function openVisited(over: Parameters<typeof openToyService>[0] = {}) {
  const service = await openToyService({ models: toyRegistry([toyBundle('v1')]), ...over });
  await service.post('/v1/events', visit);
  const erase = async (id: string): Promise<SubjectErased> => {
    const response = await service.app.inject({ method: 'DELETE', url: `/v1/subjects/${encodeURIComponent(id)}` });
    expect(response.statusCode, response.body).toBe(200);
    expect(erasedFaults(response.json())).toEqual([]);
    return response.json<SubjectErased>();
  };
  const show = async (id: string): Promise<SubjectExport> => {
    const shown = (await service.get(`/v1/subjects/${encodeURIComponent(id)}`)).json<SubjectExport>();
    expect(exportFaults(shown)).toEqual([]);
    return shown;
  };
  return { ...service, erase, show };
}
const idsOf = (events: readonly ShopEvent[]): string[] => events.map(({ eventId }) => eventId).sort();

describe('GET /v1/subjects/{id}', () => {
  it('shows everything known of a person, what they did before they logged in included, and nobody else’s', async () => {
    const { post, show } = await openVisited();
    await post('/v1/predict', question({ user_id: 'ana' }));
    await post('/v1/predict', question({ user_id: 'bea' }));
    const shown = await show('u:ana');
    expect(shown).toMatchObject({ shopper: 'u:ana', devices: ['phone'], left_out: 0, state: { events: 2, session_id: 's1' } });
    expect(shown.events.map(({ event_id }) => event_id).sort()).toEqual(['after', 'before', 'login']);
    expect(shown.state!.features.session_cart_adds).toBe(1);
    await expect.poll(async () => (await show('ana')).predictions.map(({ user_id }) => user_id)).toEqual(['ana']);
  });

  it('shows what she bought, what links her devices to her, and what was not understood', async () => {
    const { post, show, deadLetters, keeping, predictions } = await openVisited();
    await predictions.log.append([earlier]);
    await post('/v1/events', wireEvent('order', 'purchase', { transaction_id: 'o1' }, 40));
    await deadLetters.put([letterOf('stream', '{"user_id":"ana","odd":1}', { code: 'X', detail: 'odd' }, fridayEvening)]);
    await deadLetters.put([letterOf('stream', '{"user_id":"anabel","odd":1}', { code: 'X', detail: 'odd' }, fridayEvening)]);
    await keeping.labels.run();
    const shown = await show('u:ana');
    expect(shown.outcomes).toMatchObject([{ event_id: 'order', outcome: 'purchase', items: [{ item_id: 'p1', quantity: 1 }] }]);
    expect(shown.links).toMatchObject([
      { shopper: 'u:ana', linked: 'a:phone' },
      { shopper: 'a:phone', linked: 'u:ana' },
    ]);
    expect(shown.dead_letters.map(({ body }) => body)).toEqual(['{"user_id":"ana","odd":1}']);
  });

  it('of a stranger: nothing', async () => {
    const { show } = await openVisited();
    expect(await show('u:nobody')).toEqual({
      shopper: 'u:nobody',
      devices: [],
      events: [],
      predictions: [],
      ...{ outcomes: [], links: [], dead_letters: [], exposures: [], batch_jobs: [] },
      state: null,
      left_out: 0,
    });
  });

  it.each(['u:', 'a:', 'u:\u0007'])('refuses %j, which names nobody', async (id) => {
    const { get } = await openVisited();
    expect((await get(`/v1/subjects/${encodeURIComponent(id)}`)).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/id' }],
    });
  });
});

describe('DELETE /v1/subjects/{id}', () => {
  it('erases a person everywhere, tells what, and finds nothing more when asked again', async () => {
    const { post, get, erase, show, eventLog, deadLetters } = await openVisited();
    const answered = (await post('/v1/predict', question({ user_id: 'ana' }))).json();
    await expect.poll(async () => (await show('ana')).predictions.length).toBe(1);
    await deadLetters.put([
      letterOf('stream', '{"user_id":"ana","odd":1}', { code: 'INPUT_INVALID', detail: 'odd' }, fridayEvening),
    ]);
    expect(await erase('u:ana')).toEqual({
      ...{ shopper: 'u:ana', devices: ['phone'] },
      erased: { events: 3, dead_letters: 1, predictions: 1, labels: 0, outcomes: 0, batch_jobs: 0 },
    });
    expect(idsOf(await readAll(eventLog))).toEqual(['bea', 'elsewhere']);
    expect((await get(`/v1/predictions/${answered.prediction_id}`)).statusCode).toBe(404);
    expect(
      (await get('/v1/shoppers'))
        .json()
        .shoppers.map(({ shopper }: { shopper: string }) => shopper)
        .sort(),
    ).toEqual(['a:tablet', 'u:bea']);
    expect(await show('u:ana')).toMatchObject({ events: [], predictions: [], state: null });
    expect((await post('/v1/predict', question({ user_id: 'ana' }))).json().rung).toBe('profile');
    expect(Object.values((await erase('u:ana')).erased).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
  });

  it('nor is their name left with a device that others share', async () => {
    const { post, erase, predictions, keeping } = await openVisited();
    await predictions.log.append([earlier]);
    await post('/v1/events', wireEvent('ben', 'view_item', { user_id: 'ben', anonymous_id: 'phone' }, 40));
    await keeping.labels.run();
    const named = async () => JSON.stringify(await predictions.log.outcomes('default', 'a:phone', 0)).includes('u:ana');
    expect(await named()).toBe(true);
    expect(await erase('u:ana')).toMatchObject({ devices: [], erased: { outcomes: 2 } });
    expect(await named()).toBe(false);
  });

  it('what they did before does not come back: not sent again, imported, or from the dead; what they do from now on does', async () => {
    const { post, erase, eventLog, suppressions, clock, get } = await openVisited();
    await erase('u:ana');
    const again = (await post('/v1/events', visit)).json<EventsAnswer>();
    expect(again).toMatchObject({ accepted: 0, duplicate: 2, rejected: 3 });
    expect(again.errors.map(({ problem }) => problem.code)).toEqual(['SUBJECT_ERASED', 'SUBJECT_ERASED', 'SUBJECT_ERASED']);
    expect((await post('/v1/events', visit[1])).json()).toMatchObject({ status: 409, code: 'SUBJECT_ERASED' });

    const { has: isErased } = await openErasedList(suppressions);
    const file = join(folder, 'again.jsonl');
    writeFileSync(file, visit.map((event) => JSON.stringify(event)).join('\n'));
    const imported = await importEvents({
      files: [file],
      source: openSource('tillcast'),
      log: eventLog,
      nowMs: fridayEvening,
      isErased,
    });
    expect(imported).toMatchObject({ accepted: 0, duplicate: 2, rejected: 3, rejected_by_reason: { erased_shopper: 3 } });

    const { deadLetters } = await openToyService();
    await deadLetters.put([letterOf('stream', JSON.stringify(visit[1]), { code: 'X', detail: 'x' }, fridayEvening)]);
    expect(await replayDeadLetters({ log: eventLog, letters: deadLetters, nowMs: clock.nowMs, isErased })).toMatchObject({
      replayed: 0,
      still_dead: 1,
    });
    expect(idsOf(await readAll(eventLog))).toEqual(['bea', 'elsewhere']);

    clock.nowMs += 60_000;
    expect((await post('/v1/events', wireEvent('new life', 'view_item', loggedIn, -30))).json()).toMatchObject({ accepted: 1 });
    expect((await get('/v1/subjects/ana')).json()).toMatchObject({ state: { events: 1 } });
  });

  it('which it would, were nobody remembered', async () => {
    const { erase, eventLog } = await openVisited();
    await erase('u:ana');
    const forgetful = await openToyService({ eventLog, suppressions: memorySuppressions() });
    expect((await forgetful.post('/v1/events', visit)).json()).toMatchObject({ accepted: 3 });
  });

  it('a restored backup does not bring them back either', async () => {
    const [backup, suppressions] = [memoryEventLog(), memorySuppressions()];
    const first = await openVisited({ suppressions });
    await backup.append(await readAll(first.eventLog));
    await first.erase('u:ana');
    const { get } = await openToyService({ eventLog: backup, suppressions });
    expect(idsOf(await readAll(backup))).toEqual(['bea', 'elsewhere']);
    expect((await get('/v1/subjects/ana')).json()).toMatchObject({ events: [], state: null });
  });

  it('a device alone: what it did, and what its owner’s history took from it', async () => {
    const { erase, eventLog, get } = await openVisited();
    expect((await erase('a:tablet')).erased.events).toBe(1);
    expect((await erase('a:phone')).erased.events).toBe(2);
    expect(idsOf(await readAll(eventLog))).toEqual(['bea', 'login']);
    expect((await get('/v1/subjects/ana')).json().state).toMatchObject({ events: 1, session_id: 's1' });
  });

  it('leaves a shared device’s other people alone', async () => {
    const { post, erase, eventLog } = await openVisited();
    await post('/v1/events', [
      wireEvent('ben', 'view_item', { user_id: 'ben', anonymous_id: 'phone' }, 40),
      wireEvent('whose', 'view_item', anonymous, 30),
    ]);
    expect(await erase('u:ana')).toMatchObject({ devices: [], erased: { events: 3 } });
    expect(idsOf(await readAll(eventLog))).toEqual(['bea', 'ben', 'elsewhere', 'whose']);
    expect(await erase('u:ben')).toMatchObject({ erased: { events: 2 } });
  });

  it('goes on where it broke off', async () => {
    const { erase, eventLog, app, post } = await openVisited();
    const real = eventLog.erase.bind(eventLog);
    eventLog.erase = async () => {
      throw new Error('power cut');
    };
    expect((await app.inject({ method: 'DELETE', url: '/v1/subjects/ana' })).statusCode).toBe(500);
    expect((await post('/v1/events', visit)).json()).toMatchObject({ rejected: 3, duplicate: 2 });
    eventLog.erase = real;
    expect((await erase('ana')).erased.events).toBe(3);
  });

  it('an event that arrives meanwhile goes too', async () => {
    const { erase, eventLog } = await openVisited();
    const real = eventLog.erase.bind(eventLog);
    const late = (await readAll(eventLog)).find(({ eventId }) => eventId === 'login')!;
    let calls = 0;
    eventLog.erase = async (events) => {
      if (++calls === 1) await eventLog.append([{ ...late, eventId: 'on its way' }]);
      return real(events);
    };
    expect((await erase('ana')).erased.events).toBe(4);
    expect(idsOf(await readAll(eventLog))).toEqual(['bea', 'elsewhere']);
  });

  it('no byte of them is left in the files', async () => {
    const at = (name: string): string => join(folder, name);
    const eventLog = sqliteEventLog(at('events.db'));
    const [deadLetters, suppressions] = [sqliteDeadLetters(at('letters.db')), sqliteSuppressions(at('suppressions.db'))];
    const { post, erase } = await openVisited({ eventLog, deadLetters, suppressions });
    const unusual = { user_id: 'a-most-unusual-name', session_id: 'an-unusual-session' };
    await post(
      '/v1/events',
      Array.from({ length: 200 }, (_, n) => wireEvent(`unusual-${n}`, 'view_item', unusual)),
    );
    const found = (): string[] => readdirSync(folder).filter((name) => readFileSync(at(name)).includes('unusual'));
    expect(found()).not.toEqual([]);
    expect((await erase('a-most-unusual-name')).erased.events).toBe(200);
    expect(found()).toEqual([]);
    await Promise.all([eventLog.close(), deadLetters.close(), suppressions.close()]);
  });
});

it('a subject’s events are those that identity gives them, whatever the history', async () => {
  const who = fc.constantFrom(
    ...[{ anonymous_id: 'd1' }, { anonymous_id: 'd2' }, { user_id: 'ana' }, { user_id: 'ana', anonymous_id: 'd1' }],
    ...[
      { user_id: 'ben', anonymous_id: 'd1' },
      { user_id: 'ben', anonymous_id: 'd2' },
    ],
  );
  await fc.assert(
    fc.asyncProperty(fc.array(who, { maxLength: 12 }), async (people) => {
      const log = memoryEventLog();
      await log.append(
        people.map(({ user_id, anonymous_id }: { user_id?: string; anonymous_id?: string }, index) => ({
          ...{ tenant: 'default', eventId: `e${index}`, event: 'search', eventTimeMs: index, receivedAtMs: index, items: [] },
          ...(user_id === undefined ? {} : { userId: user_id }),
          ...(anonymous_id === undefined ? {} : { anonymousId: anonymous_id }),
        })),
      );
      const expected = people.flatMap((person: { user_id?: string; anonymous_id?: string }, index) => {
        if (person.user_id !== undefined) return person.user_id === 'ana' ? [`e${index}`] : [];
        const logins = people
          .map((other, at) => ({ other, at }))
          .filter(({ other }) => 'user_id' in other && 'anonymous_id' in other && other.anonymous_id === person.anonymous_id);
        const isHers = logins[0] !== undefined && (logins[0].other as { user_id: string }).user_id === 'ana';
        const sharedAt =
          logins.find(({ other }) => (other as { user_id: string }).user_id !== 'ana')?.at ?? Number.POSITIVE_INFINITY;
        return isHers && index < sharedAt ? [`e${index}`] : [];
      });
      const { events } = await findSubjectEvents(log, parseSubject('u:ana'));
      expect(idsOf(events)).toEqual(expected.sort());
    }),
    { numRuns: 200 },
  );
});

it('only an admin may look, or erase', async () => {
  const { granted } = await import('../../src/http/auth/permissions.ts');
  for (const role of ['viewer', 'analyst', 'operator'] as const)
    expect(granted[role].filter((permission) => permission.startsWith('subjects:'))).toEqual([]);
  expect(granted.admin).toEqual(expect.arrayContaining(['subjects:read', 'subjects:erase']));
});
