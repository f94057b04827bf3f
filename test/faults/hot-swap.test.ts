import type { PredictAnswer } from '@tillcast/api/predict';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { describe, expect, it } from 'vitest';
import { toyBundle } from '../../apps/server/test/toys/toy-bundle.ts';
import { toyRegistry } from '../../apps/server/test/toys/toy-registry.ts';
import { openToyService, question } from '../../apps/server/test/toys/toy-service.ts';
import { openConnection, postBytes } from '../../bench/http/connection.ts';

const swaps = process.env.TILLCAST_LONG === '1' ? 500 : 12;

interface Seen {
  readonly answers: readonly PredictAnswer[];
  readonly failed: number;
}

/** Asks over HTTP without a rest, on some connections, while `work` goes on. */
async function askDuring(port: number, work: Promise<unknown>): Promise<Seen> {
  const answers: PredictAnswer[] = [];
  let [failed, over, n] = [0, false, 0];
  void work.finally(() => {
    over = true;
  });
  const caller = (): Promise<void> =>
    new Promise((resolve) => {
      const connection = openConnection({ port, keepBodies: true });
      const next = (): void => {
        if (over) {
          connection.close();
          resolve();
          return;
        }
        // Every other one with reasons, so that threads of the version that goes are asked, too.
        const body = JSON.stringify(question({ price: 100 + (n % 900), explain: n++ % 2 === 0 }));
        connection.ask(postBytes('/v1/predict', body), (answer) => {
          if (answer?.status === 200) answers.push(JSON.parse(answer.body!) as PredictAnswer);
          else failed += 1;
          setImmediate(next);
        });
      };
      next();
    });
  await Promise.all([work, ...Array.from({ length: 6 }, caller)]);
  return { answers, failed };
}

const bundles = Array.from({ length: swaps }, (_, n) => toyBundle(`v${n}`, { lift: (n % 7) / 4 }));
const byVersion = new Map(bundles.map((bundle) => [bundle.manifest.version, bundle]));

/** Whether an answer's log-odds are those that the version it names gives its row: no event was sent, so the price decides. */
function isOfItsVersion({ model, log_odds }: PredictAnswer, prices: readonly number[]): boolean {
  const { ensemble } = byVersion.get(model.version)!;
  return prices.some((price) => scoreRow(ensemble, Float32Array.of(0, price)).logOdds === log_odds);
}

describe('a champion that is replaced under load', () => {
  it(`${swaps} times: no request fails, and each answer recomputes from the version it names`, { timeout: 600_000 }, async () => {
    const models = toyRegistry([bundles[0]!]);
    const service = await openToyService({ models });
    const port = Number(new URL(await service.app.listen({ port: 0, host: '127.0.0.1' })).port);
    const swapping = (async () => {
      for (const bundle of bundles.slice(1)) {
        models.promote(bundle);
        await service.champions.refresh();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const { answers, failed } = await askDuring(port, swapping);
    expect(failed).toBe(0);
    // The toy model splits the price at 500 alone.
    expect(answers.every((answer) => isOfItsVersion(answer, [100, 900]))).toBe(true);
    expect(new Set(answers.map(({ model }) => model.version)).size).toBeGreaterThan(swaps / 2);
    // On a busy machine the new version's threads may be late with their first reasons; then the answer says so, and nothing else is missing.
    const degraded = answers.filter((answer) => answer.degraded !== undefined);
    expect(degraded.filter((answer) => `${answer.degraded}` !== 'explanation')).toEqual([]);
    expect(degraded.length).toBeLessThan(answers.length / 20);
    // The check itself sees an answer that names a version it is not of.
    const [first] = answers;
    const other = bundles.find(
      ({ blend }) => blend.platt.intercept !== byVersion.get(first!.model.version)!.blend.platt.intercept,
    )!;
    expect(isOfItsVersion({ ...first!, model: { ...first!.model, version: other.manifest.version } }, [100, 900])).toBe(false);
  });
});
