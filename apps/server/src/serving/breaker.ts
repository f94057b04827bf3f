import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type CircuitSettings, type CircuitState, openCircuit } from './circuit.ts';

export interface BreakerSettings extends CircuitSettings {
  /** What is called, for messages. */
  readonly name: string;
  /** How long a call may take, ms; the answer that comes later is dropped. */
  readonly budgetMs: number;
  /** Whether an error says that what is called is unwell; the caller's own mistakes do not count. Default: every error does. */
  readonly isFailure?: (error: unknown) => boolean;
}

/** Calls something that may be gone, slow or flapping, at a bounded price. */
export interface Breaker {
  readonly state: CircuitState;
  /** The call's answer; raises its error, or STORE_UNAVAILABLE when the budget passed or none is tried now. */
  call<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** What an answer waits for a store at most before it goes on without it, ms. */
export const budgets = { redisMs: 20, postgresMs: 250 } as const;

/** Opens a circuit breaker with a budget of time a call: while it is open a call fails at once, so that a store that is gone costs answers nothing. */
export function openBreaker(settings: BreakerSettings): Breaker {
  const { name, budgetMs, isFailure = () => true } = settings;
  const circuit = openCircuit(settings);
  return {
    get state() {
      return circuit.state;
    },
    async call(work) {
      const pass = circuit.enter();
      if (pass === undefined) throw new TillcastError('STORE_UNAVAILABLE', `${name} does not answer; it is tried again soon`);
      try {
        const answer = await within(work, budgetMs, name);
        circuit.succeeded(pass);
        return answer;
      } catch (error) {
        if (isFailure(error)) circuit.failed(pass);
        else circuit.succeeded(pass);
        throw error;
      }
    },
  };
}

/** The answer of `work`, or STORE_UNAVAILABLE after `budgetMs`; then `work` is told to stop, and what it still says is dropped. */
export async function within<T>(work: (signal: AbortSignal) => Promise<T>, budgetMs: number, name: string): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TillcastError('STORE_UNAVAILABLE', `${name} did not answer within ${budgetMs} ms`));
      stop.abort();
    }, budgetMs);
  });
  const answer = work(stop.signal);
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
