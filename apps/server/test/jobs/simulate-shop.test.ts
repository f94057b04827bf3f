import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRecord } from '@tillcast/core/events/record';
import { rees46Reference } from '@tillcast/core/simulation/reference';
import { afterAll, describe, expect, it } from 'vitest';
import { measureRees46 } from '../../src/jobs/measure-rees46.ts';
import { simulateToFile } from '../../src/jobs/simulate-shop.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-simulate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { shoppers: 100, days: 7, seed: 2 };
const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

describe('simulate into files', () => {
  it('writes events and truth line by line, the same bytes each time', async () => {
    const [out, truth, again] = ['events.jsonl', 'truth.jsonl', 'again.jsonl'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const summary = await simulateToFile({ settings, out, truth });
    await simulateToFile({ settings, out: again });
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(out, 'utf8'));
    const events = linesOf(out).map((line) => parseRecord(JSON.parse(line), { receivedAtMs: Date.UTC(2100, 0) }));
    const truths = linesOf(truth).map((line) => JSON.parse(line));
    expect(events.length).toBe(summary.events);
    expect(truths.map(({ event_id }) => event_id)).toEqual(events.map((parsed) => parsed.ok && parsed.event.eventId));
    expect(truths.every(({ session_probability: p }) => p >= 0 && p < 1)).toBe(true);
    expect(Object.values(summary.byEvent).reduce((sum, count) => sum + count, 0)).toBe(summary.events);
  });

  it.each([
    { why: 'no shoppers', out: 'a.jsonl', settings: { ...settings, shoppers: 0 }, message: 'shoppers is 0' },
    { why: 'no end', out: 'b.jsonl', settings: { ...settings, days: Number.POSITIVE_INFINITY }, message: 'days is Infinity' },
    { why: 'an unknown format', out: 'c.xml', settings, message: '.jsonl' },
    { why: 'a truth file that cannot be', out: 'd.jsonl', truth: 'events.jsonl/t.jsonl', settings, message: 'cannot be written' },
  ])('leaves nothing behind with $why', async ({ out, truth, settings, message }) => {
    const files = () => readdirSync(folder).sort();
    const before = files();
    const options = { settings, out: join(folder, out), ...(truth === undefined ? {} : { truth: join(folder, truth) }) };
    await expect(simulateToFile(options)).rejects.toThrow(message);
    expect(files()).toEqual(before);
  });
});

const realData = process.env.TILLCAST_REAL_DATA;
const real = realData === undefined ? '' : join(realData, 'rees46', '2019-10-01_0000-0250utc.csv');

describe.skipIf(!existsSync(real))(
  'the checked-in reference (skipped: no real data, where TILLCAST_REAL_DATA is not set)',
  () => {
    it('is what the command measures', async () => {
      expect(await measureRees46(real)).toEqual(rees46Reference);
    });
  },
);
