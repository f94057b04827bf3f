import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { afterAll, describe, expect, it } from 'vitest';
import { keepLifetime, type LifetimeFile, lifetimePath } from '../../src/segments/lifetime-file.ts';
import { currentLifetime } from '../../src/segments/refit-lifetime.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-refit-'));
afterAll(() => rmSync(root, { recursive: true }));
const dayMs = 86_400_000;
const nowMs = Date.parse('2026-11-20T03:00:00Z');

const fitted = (r: number, ageDays: number): LifetimeFile => ({
  ...{ schema: 1, fitted_at: new Date(nowMs - ageDays * dayMs).toISOString(), buyers: 900, repeaters: 300 },
  ...{ bg_nbd: { r, alpha: 4, a: 1, b: 2 }, gamma_gamma: null, correlation: null, holdout: null },
});

let folders = 0;
const open = (before: LifetimeFile | undefined) => {
  const history = join(root, String(++folders));
  if (before !== undefined) keepLifetime(history, before);
  return { history, runs: root, afterMs: 7 * dayMs };
};
const nobody = new Map();
const learns = async () => fitted(2, 0);
const fails = async () => {
  throw new TillcastError('TRAINER_FAILED', 'trainer/.venv is not installed');
};
const kept = (history: string) => JSON.parse(readFileSync(lifetimePath(history), 'utf8'));

describe('lifetime value with a nightly stock', () => {
  it('is learnt anew when the fit is a week old, or there is none; kept until then', async () => {
    for (const before of [undefined, fitted(1, 7), fitted(1, 30)]) {
      const settings = open(before);
      const { lifetime, refit } = await currentLifetime({ ...settings, fit: learns }, nobody, nowMs);
      expect([lifetime?.bg_nbd.r, refit?.outcome, kept(settings.history).bg_nbd.r]).toEqual([2, 'fitted', 2]);
    }
    // The control: a younger one is not touched.
    const young = await currentLifetime({ ...open(fitted(1, 6.9)), fit: learns }, nobody, nowMs);
    expect(young).toEqual({ lifetime: fitted(1, 6.9) });
  });

  it('that cannot be learnt leaves what was known in use, and says why', async () => {
    const settings = open(fitted(1, 30));
    const { lifetime, refit } = await currentLifetime({ ...settings, fit: fails }, nobody, nowMs);
    expect(lifetime?.bg_nbd.r).toBe(1);
    expect(kept(settings.history).bg_nbd.r).toBe(1);
    expect(refit).toEqual({ outcome: 'failed', problem: expect.stringContaining('not installed') });
  });

  it('of too few buyers is no trouble', async () => {
    const few = async () => {
      throw new TillcastError('TOO_FEW_POSITIVES', '12 came back');
    };
    const { lifetime, refit } = await currentLifetime({ ...open(undefined), fit: few }, nobody, nowMs);
    expect([lifetime, refit?.outcome]).toEqual([undefined, 'too_few']);
  });

  it('replaces a damaged file, and tells of the damage where it cannot', async () => {
    const settings = open(undefined);
    writeFileSync(lifetimePath(open(fitted(1, 1)).history), '{"schema":1,"bg_nbd":{"r":-1}}');
    const damaged = { ...settings, history: join(root, String(folders)) };
    const { refit } = await currentLifetime({ ...damaged, fit: fails }, nobody, nowMs);
    expect(refit?.problem).toContain('is damaged');
    expect((await currentLifetime({ ...damaged, fit: learns }, nobody, nowMs)).lifetime?.bg_nbd.r).toBe(2);
  });

  it('is left alone where the shop says so', async () => {
    const settings = { ...open(fitted(1, 30)), afterMs: null, fit: learns };
    expect(await currentLifetime(settings, nobody, nowMs)).toEqual({ lifetime: fitted(1, 30) });
  });
});
