import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Breaker, openBreaker } from '../../src/serving/breaker.ts';
import type { CircuitState } from '../../src/serving/circuit.ts';

/** What is called: it works, it fails, or it never answers. */
type Health = 'well' | 'failing' | 'frozen';

function world(over: Partial<Parameters<typeof openBreaker>[0]> = {}) {
  const at = { ms: 0 };
  const states: CircuitState[] = [];
  const called = { times: 0, aborted: 0 };
  const health: { is: Health } = { is: 'well' };
  const breaker = openBreaker({
    ...{ name: 'the store', budgetMs: 5, failures: 3, restMs: 100, longestRestMs: 400, now: () => at.ms },
    onChange: (state) => states.push(state),
    ...over,
  });
  const work = (signal: AbortSignal): Promise<string> => {
    called.times += 1;
    if (health.is === 'well') return Promise.resolve('answer');
    if (health.is === 'failing') return Promise.reject(new Error('refused'));
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        called.aborted += 1;
        reject(new Error('aborted'));
      });
    });
  };
  return {
    at,
    states,
    called,
    health,
    breaker,
    ask: () =>
      breaker.call(work).then(
        () => 'answer' as const,
        (error: unknown) => error,
      ),
  };
}

const open = async ({ health, ask }: ReturnType<typeof world>, times = 3): Promise<void> => {
  health.is = 'failing';
  for (let n = 0; n < times; n += 1) await ask();
};

describe('a breaker', () => {
  it('hands answers and errors through while it is closed', async () => {
    const one = world();
    expect(await one.ask()).toBe('answer');
    one.health.is = 'failing';
    expect(await one.ask()).toMatchObject({ message: 'refused' });
    expect(one.breaker.state).toBe('closed');
  });

  it('opens after so many failures in a row, and calls nothing while it is open', async () => {
    const one = world();
    await open(one);
    expect(one.breaker.state).toBe('open');
    expect(await one.ask()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(one.called.times).toBe(3);
  });

  it('failures that are not in a row do not open it', async () => {
    const one = world();
    for (let n = 0; n < 10; n += 1) {
      one.health.is = n % 3 === 2 ? 'well' : 'failing';
      await one.ask();
    }
    expect(one.breaker.state).toBe('closed');
  });

  it('after its rest lets one call try, and no second beside it', async () => {
    const one = world();
    await open(one);
    one.at.ms = 100;
    one.health.is = 'frozen';
    const trial = one.ask();
    expect(one.breaker.state).toBe('half-open');
    expect(await one.ask()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(one.called.times).toBe(4);
    await trial;
    expect(one.breaker.state).toBe('open');
    expect(one.called.aborted).toBe(1);
  });

  it('rests twice as long after each trial that fails, up to a bound, and starts anew once it is well', async () => {
    const one = world();
    await open(one);
    for (const restMs of [100, 200, 400, 400]) {
      one.at.ms += restMs - 1;
      await one.ask();
      const before = one.called.times;
      one.at.ms += 1;
      await one.ask();
      expect(one.called.times).toBe(before + 1);
    }
    one.at.ms += 400;
    one.health.is = 'well';
    expect(await one.ask()).toBe('answer');
    expect(one.states).toEqual(['open', ...Array(4).fill(['half-open', 'open']).flat(), 'half-open', 'closed']);
    await open(one);
    one.at.ms += 100;
    one.health.is = 'well';
    expect(await one.ask()).toBe('answer');
  });

  it('gives up a call that takes longer than its budget, and counts it as a failure', async () => {
    const one = world();
    one.health.is = 'frozen';
    expect(await one.ask()).toMatchObject({ code: 'STORE_UNAVAILABLE', message: 'the store did not answer within 5 ms' });
    await open(one, 2);
    expect(one.breaker.state).toBe('open');
  });

  it('the caller’s own mistakes do not open it', async () => {
    const one = world({ isFailure: (error) => !(error instanceof TillcastError) });
    const mistaken = () => one.breaker.call(() => Promise.reject(new TillcastError('INPUT_INVALID', 'no'))).catch(() => {});
    for (let n = 0; n < 10; n += 1) await mistaken();
    expect(one.breaker.state).toBe('closed');
  });

  it('a late answer to a call from before it opened does not close it', async () => {
    const one = world({ budgetMs: 1_000 });
    const answered = Promise.withResolvers<void>();
    const early = one.breaker.call(() => answered.promise);
    await open(one);
    answered.resolve();
    await early;
    expect(one.breaker.state).toBe('open');
  });
});

/** Whatever becomes of the calls: never more than `failures` reach a store that is gone before it opens, then at most one a rest. */
async function callsToAGoneStore(
  open: (now: () => number) => Breaker,
  gaps: readonly number[],
): Promise<{ calls: number; rests: number }> {
  let [ms, calls] = [0, 0];
  const breaker = open(() => ms);
  for (const gap of gaps) {
    ms += gap;
    const call = async (): Promise<never> => {
      calls += 1;
      throw new Error('gone');
    };
    await breaker.call(call).catch(() => {});
  }
  return { calls, rests: Math.floor(ms / 100) };
}

describe('the law of the breaker', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 80 });
  const bound = async (open: (now: () => number) => Breaker, list: readonly number[]): Promise<void> => {
    const { calls, rests } = await callsToAGoneStore(open, list);
    expect(calls).toBeLessThanOrEqual(3 + rests);
  };

  it('a store that is gone costs a few calls, then one a rest', () =>
    fc.assert(
      fc.asyncProperty(gaps, (list) =>
        bound((now) => openBreaker({ name: 'gone', budgetMs: 50, failures: 3, restMs: 100, now }), list),
      ),
    ));

  it('catches one that never opens', async () => {
    const never = (): Breaker => ({ state: 'closed', call: (work) => work(new AbortController().signal) });
    await expect(fc.assert(fc.asyncProperty(gaps, (list) => bound(never, list)))).rejects.toThrow();
  });
});
