import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SegmentDetail, SegmentsAnswer } from '@tillcast/api/segments';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSnapshotStore } from '../../src/segments/folder.ts';
import { readSegments, segmentsFrom } from '../../src/segments/read-segments.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, wireEvent } from '../toys/toy-service.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-segments-'));
afterAll(() => rmSync(root, { recursive: true }));
const folders = { history: join(root, 'segments'), people: join(root, 'segment-members') };
const daySeconds = 86_400;
const dayMs = daySeconds * 1_000;

const buy = (id: string, user: string, daysBefore: number, over: Record<string, unknown> = {}) =>
  wireEvent(id, 'purchase', { user_id: user, session_id: `s-${user}-${daysBefore}`, ...over }, daysBefore * daySeconds + 60);
const view = (id: string, user: string, over: Record<string, unknown> = {}) =>
  wireEvent(id, 'view_item', { user_id: user, session_id: `now-${user}`, ...over }, 600);

const events = [
  buy('e1', 'ana', 3),
  buy('e2', 'ana', 30),
  buy('e3', 'ben', 100),
  buy('e4', '=cmd()', 250),
  buy('e5', 'eve', 300, { consent: false }),
  ...['ana', 'cat', 'dan', '=cmd()'].map((user, index) => view(`v${index}`, user)),
];

let service: Awaited<ReturnType<typeof openToyService>>;
const list = async () => (await service.get('/v1/segments')).json<SegmentsAnswer>();
const detail = async (id: string) => (await service.get(`/v1/segments/${id}`)).json<SegmentDetail>();
const sizesOf = (answer: SegmentsAnswer) => Object.fromEntries(answer.segments.map(({ id, size }) => [id, size]));

beforeAll(async () => {
  const file = join(root, 'segments.yaml');
  const shipped = readFileSync(join(import.meta.dirname, '..', '..', 'rules', 'segments.yaml'), 'utf8');
  writeFileSync(file, `${shipped}  - { id: asked, title: Asked, when: probability >= 0.0 }\n`);
  service = await openToyService({
    models: toyRegistry([toyBundle('v1')]),
    settings: {
      shop: { rates: new Map(), holidays: [], sales: [], treatmentCosts: new Map(), margin: 0.4 },
      segmentation: { folders, file, allowed: new Set<string>(), everyMs: 0 },
    },
  });
  expect((await service.post('/v1/events', { events })).statusCode).toBe(200);
});

describe('before the first stock', () => {
  it('segments are empty, and what is in them is not to be had', async () => {
    expect(await list()).toMatchObject({ taken_at: null, shoppers: 0, realised: null });
    expect((await service.get('/v1/segments/lost')).statusCode).toBe(503);
    expect((await service.get('/v1/segments/nobody')).statusCode).toBe(404);
  });
});

describe('after stock was taken', () => {
  beforeAll(() => service.segments!.run());

  it('every shopper stands where their orders put them', async () => {
    const answer = await list();
    expect(answer.shoppers).toBe(6);
    expect(sizesOf(answer)).toMatchObject({ visitors: 2, active: 1, 'at-risk': 1, lost: 2, new: 0, 'won-back': 0 });
    const [sizes, lifecycle] = [sizesOf(answer), ['visitors', 'new', 'active', 'won-back', 'at-risk', 'lost']];
    expect(lifecycle.reduce((sum, id) => sum + sizes[id]!, 0)).toBe(answer.shoppers);
  });

  it('who looks at things now is asked about, and buckets expect what the chances say', async () => {
    const answer = await list();
    const asked = answer.segments.find(({ id }) => id === 'asked')!;
    expect(asked).toMatchObject({ size: 4, asked: 4 });
    expect(asked.expected_buyers + asked.expected_non_buyers).toBeCloseTo(4, 9);
    expect(answer.intent).toHaveLength(20);
    const sum = (read: (bucket: SegmentsAnswer['intent'][number]) => number) =>
      answer.intent.reduce((total, one) => total + read(one), 0);
    expect(sum(({ shoppers }) => shoppers)).toBe(4);
    expect(sum(({ expected_buyers }) => expected_buyers)).toBeCloseTo(asked.expected_buyers, 9);
    // Of the four, Ana and =cmd() ordered before: 120 each time, 40 % of it earned.
    const members = readFileSync(join(folders.people, 'members.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const { facts } of members.filter(({ shopper }: { shopper: string }) => ['u:ana', 'u:=cmd()'].includes(shopper)))
      expect(facts.expected_value).toBeCloseTo(facts.probability * 120 * 0.4, 9);
  });

  it('overlaps are counted, and the history has its first line', async () => {
    const { segment, history, overlap } = await detail('asked');
    expect(segment.size).toBe(4);
    expect(history).toHaveLength(1);
    expect(overlap.find(({ id }) => id === 'visitors')).toEqual({ id: 'visitors', shared: 2, share: 0.5, jaccard: 0.5 });
  });

  it('an export is safe for spreadsheets, and holds nobody who refused', async () => {
    const answer = await service.get('/v1/segments/lost/export');
    expect(answer.headers['content-type']).toContain('text/csv');
    const lines = answer.body.trim().split('\r\n');
    expect(lines[0]).toMatch(/^user_id,anonymous_id,lifecycle,rfm/);
    // Eve refused; the other lost buyer's name would be a formula.
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^'=cmd\(\),,lost,/);
    const parquet = await service.get('/v1/segments/lost/export?format=parquet');
    expect(parquet.rawPayload.subarray(0, 4).toString()).toBe('PAR1');
    expect(readdirSync(folders.people).filter((name) => name.startsWith('export-'))).toEqual([]);
  });

  it('members are sent nowhere inside, and nowhere unsigned', async () => {
    const inside = await service.post('/v1/segments/lost/export', { url: 'https://127.0.0.1/hook' });
    expect(inside.statusCode).toBe(400);
    expect(inside.body).toContain('internal address');
    const unsigned = await service.post('/v1/segments/lost/export', { url: 'https://crm.example/hook' });
    expect(unsigned.body).toContain('TILLCAST_SEGMENT_SECRET');
    expect((await service.get('/v1/segment-deliveries')).json()).toEqual({ deliveries: [] });
  });

  it('a person who is erased is in no file', async () => {
    expect((await service.app.inject({ method: 'DELETE', url: '/v1/subjects/u:dan' })).statusCode).toBe(200);
    for (const name of readdirSync(folders.people))
      expect(readFileSync(join(folders.people, name), 'utf8')).not.toContain('u:dan');
    expect(readFileSync(join(folders.people, 'members.jsonl'), 'utf8')).toContain('u:cat');
  });
});

describe('the next night', () => {
  it('what was foretold is compared with what came, and the chances are forgotten', async () => {
    const bought = wireEvent('n1', 'purchase', { user_id: 'ana', session_id: 'now-ana' }, -60);
    service.clock.nowMs = fridayEvening + 120_000;
    expect((await service.post('/v1/events', { events: [bought] })).statusCode).toBe(200);
    service.clock.nowMs = fridayEvening + 2 * dayMs;
    await service.segments!.run();
    const answer = await list();
    expect(answer.realised).toMatchObject({ asked: 3, bought: 1, badge: 'too few buyers yet' });
    expect(readdirSync(folders.people).filter((name) => name === `asked-${fridayEvening}.jsonl`)).toEqual([]);
    expect((await detail('asked')).history.map(({ size }) => size)).toEqual([4, 0]);
  });
});

describe('files', () => {
  it('the shipped segments are read, and a condition about what no segment knows is refused', () => {
    expect(readSegments().segments.length).toBeGreaterThan(15);
    const wrong = { segments: [{ id: 'a', title: 't', when: 'shoe_size > 40' }] };
    expect(() => segmentsFrom(wrong, 'mine.yaml')).toThrow('mine.yaml: segments[0].when');
  });

  it('a damaged list of snapshots is told, with the remedy', () => {
    const broken = { history: join(root, 'broken'), people: join(root, 'broken-people') };
    expect(openSnapshotStore(broken).list()).toEqual([]);
    expect(existsSync(broken.history)).toBe(false);
    const store = openSnapshotStore({ ...broken, history: root });
    writeFileSync(join(root, 'snapshots.jsonl'), '{"takenAtMs":1');
    expect(() => store.list()).toThrow('take stock anew');
  });
});
