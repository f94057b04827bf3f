import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ServeChild, startChild } from './serve-child.ts';
import { type CrowdOutcome, sendCrowd } from './unique-shoppers/crowd.ts';
import { lastSlope, type MemorySample, residentBytes } from './unique-shoppers/memory-of.ts';

const long = process.env.TILLCAST_LONG === '1';
const scratch = mkdtempSync(join(tmpdir(), 'tillcast-crowd-'));
const children: ServeChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'apps', 'server', 'bin', 'tillcast.mjs');
/** What `npm start` trained, so that a model takes its room; without it, a server without a champion is measured. */
const shipped = process.env.TILLCAST_DEMO_DATA ?? join(root, '.tillcast', 'demo');

function dataWithModel(name: string): string {
  const data = join(scratch, name);
  if (!long) return data;
  if (!existsSync(shipped)) console.log('skipped: no champion takes room, since npm start has not been run');
  else for (const part of ['models', 'keys']) cpSync(join(shipped, part), join(data, part), { recursive: true });
  return data;
}

interface Measured extends CrowdOutcome {
  readonly samples: readonly MemorySample[];
  readonly metrics: readonly string[];
}

const mebibyte = 1_048_576;

/** Sends a crowd in which nobody comes twice to a server of its own, and looks at its memory all the while. */
async function measure(name: string, shoppers: number, stateMemoryMb: string | undefined): Promise<Measured> {
  const memory = stateMemoryMb === undefined ? {} : { TILLCAST_STATE_MEMORY_MB: stateMemoryMb };
  const server = await startChild(command, ['serve', '--data', dataWithModel(name), '--port', '0', '--open', '--json'], memory);
  children.push(server);
  const samples: MemorySample[] = [];
  const outcome = await sendCrowd({
    port: server.port,
    shoppers,
    onProgress: (sent) => samples.push({ shoppers: sent, bytes: residentBytes(server.child.pid!)! }),
  });
  const text = await (await fetch(`${server.url}/metrics`)).text();
  server.child.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  return { ...outcome, samples, metrics: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')) };
}

const most = ({ samples }: Measured): number => Math.max(...samples.map(({ bytes }) => bytes)) / mebibyte;
const metricOf = ({ metrics }: Measured, start: string): number =>
  Number(
    metrics
      .find((line) => line.startsWith(start))!
      .split(' ')
      .at(-1),
  );

const isLinux = residentBytes(process.pid) !== undefined;
if (!isLinux) console.log('skipped: G15, unique shoppers: only Linux says how much memory another process takes');

describe.skipIf(!isLinux)('shoppers, items, names and addresses that never come again', () => {
  const [shoppers, stateMemoryMb] = long ? [5_000_000, undefined] : [150_000, '16'];

  it(`${shoppers} of them fit into 512 MB and 2,000 series`, { timeout: 3_600_000 }, async () => {
    const measured = await measure('bounded', shoppers, stateMemoryMb);
    const perMillion = (lastSlope(measured.samples) * 1e6) / mebibyte;
    const { accepted, rejected, failed } = measured;
    const figures = { mostMb: most(measured), perMillion, accepted, rejected, failed, series: measured.metrics.length };
    console.log(JSON.stringify(figures));
    expect({ accepted: accepted + rejected, failed }).toEqual({ accepted: shoppers, failed: 0 });
    expect(rejected).toBe(shoppers / 20);
    expect(figures.mostMb, JSON.stringify(figures)).toBeLessThanOrEqual(512);
    expect(figures.series).toBeLessThanOrEqual(2_000);
    // It did have to forget, and it kept those that came last.
    expect(metricOf(measured, 'tillcast_forgotten_total{what="shoppers"}')).toBeGreaterThan(0);
    expect(metricOf(measured, 'tillcast_remembered{what="shoppers"}')).toBeGreaterThan(10_000);
    if (long) expect(perMillion, JSON.stringify(figures)).toBeLessThanOrEqual(1);
    else expect(perMillion * mebibyte, JSON.stringify(figures)).toBeLessThan(500e6);
  });

  it('without the bound memory grows with every one of them', { timeout: 600_000 }, async () => {
    const unbounded = await measure('unbounded', 20_000, '65536');
    expect(lastSlope(unbounded.samples)).toBeGreaterThan(2_000);
    expect(metricOf(unbounded, 'tillcast_forgotten_total{what="shoppers"}')).toBe(0);
  });
});
