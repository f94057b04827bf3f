import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventsAnswer } from '@tillcast/api/events';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { afterAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { openSource } from '../../src/importing/sources/open-source.ts';
import { openTraffic } from '../../src/ingest/traffic.ts';
import { exportEvents } from '../../src/jobs/export-events.ts';
import { importEvents } from '../../src/jobs/import-events.ts';
import { fridayEvening, openToyService, question, wireEvent } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-traffic-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('traffic that is no shopper’s', () => {
  it('is on disk with its mark, in no feature, and counted', async () => {
    const { post, get, eventLog } = await openToyService();
    const crawler = wireEvent('c', 'add_to_cart', { user_id: 'ana', context: { user_agent: 'Googlebot/2.1' } });
    const staff = wireEvent('i', 'add_to_cart', { user_id: 'ana', context: { internal: true } });
    const answer = (
      await post('/v1/events', [crawler, staff, wireEvent('s', 'view_item', { user_id: 'bea' })])
    ).json<EventsAnswer>();
    expect(answer).toEqual({ accepted: 3, duplicate: 0, rejected: 0, marked: 2, errors: [] });
    expect((await readAll(eventLog)).map(({ eventId, mark }) => [eventId, mark])).toEqual([
      ['c', { kind: 'bot', rule: 'crawlers', version: '1' }],
      ['i', { kind: 'internal', rule: 'said-internal', version: '1' }],
      ['s', undefined],
    ]);
    expect((await get('/v1/shoppers')).json().known).toBe(1);
    expect((await post('/v1/predict', question({ user_id: 'ana' }))).json().rung).not.toBe('behavioural');
    const metrics = (await get('/metrics')).body;
    expect(metrics).toContain('tillcast_event_marks_total{mark="bot"} 1');
    expect(metrics).toContain('tillcast_event_marks_total{mark="internal"} 1');
  });

  it('stays out after a restart, whatever the rules say by then, and sent again is a duplicate', async () => {
    const eventLog = memoryEventLog();
    const crawler = wireEvent('c', 'add_to_cart', { context: { user_agent: 'Googlebot/2.1' } });
    await (await openToyService({ eventLog })).post('/v1/events', crawler);
    const lenient = join(folder, 'lenient.yaml');
    writeFileSync(lenient, 'version: lenient\nrules: []\n');
    const { get, post } = await openToyService({ eventLog, settings: { trafficRules: lenient } });
    expect((await get('/v1/shoppers')).json().known).toBe(0);
    expect((await post('/v1/events', crawler)).json()).toMatchObject({ duplicate: 1 });
    expect((await readAll(eventLog))[0]!.mark).toMatchObject({ version: '1' });
  });

  it('is marked on import, and comes back from an export as it was stored', async () => {
    const file = join(folder, 'events.jsonl');
    const events = [wireEvent('c', 'view_item', { context: { internal: true } }), wireEvent('s', 'view_item')];
    writeFileSync(file, events.map((event) => JSON.stringify(event)).join('\n'));
    const [log, again] = [memoryEventLog(), memoryEventLog()];
    const source = openSource('tillcast');
    await importEvents({ files: [file], source, log, nowMs: fridayEvening, mark: openTraffic() });
    const stored = await readAll(log);
    expect(stored.map(({ mark }) => mark?.rule)).toEqual(['said-internal', undefined]);
    for (const ending of ['jsonl', 'parquet']) {
      const out = join(folder, `out.${ending}`);
      await exportEvents({ log, out });
      await importEvents({ files: [out], source, log: again, nowMs: fridayEvening });
      expect(await readAll(again)).toStrictEqual(stored);
    }
  });

  it('a file of rules that is wrong is refused by name before the service starts', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'version: 1\nrules:\n  - { id: x, mark: human, when: { user_agent: [x] } }\n');
    expect(() => openTraffic(file)).toThrow(`${file}: traffic rules: rules[0].mark: must be bot or internal, not "human"`);
    expect(() => openTraffic(join(folder, 'none.yaml'))).toThrow('none.yaml');
  });
});
