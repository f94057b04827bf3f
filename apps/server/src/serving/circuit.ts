/** closed = calls go through; open = none does; half-open = one is tried. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitSettings {
  /** Failures in a row after which it opens; default 5. */
  readonly failures?: number;
  /** How long it stays open before one call is tried, ms; doubled by each failed trial up to `longestRestMs`; default 250, up to 2,000. */
  readonly restMs?: number;
  readonly longestRestMs?: number;
  /** A monotonic clock, ms. */
  readonly now: () => number;
  readonly onChange?: (state: CircuitState) => void;
}

/** How a call was let through. */
export type Pass = 'normal' | 'trial';

/** Remembers how calls went, and says whether the next one is worth making. */
export interface Circuit {
  readonly state: CircuitState;
  /** Undefined = not now. What was let through must be reported. */
  enter(): Pass | undefined;
  succeeded(pass: Pass): void;
  failed(pass: Pass): void;
}

/**
 * Opens a circuit breaker (Nygard, Release It!, 2007). After a rest one call, and no second beside it, finds out whether what is called is back. Outcomes of
 * calls from before it opened say nothing of now.
 */
export function openCircuit(settings: CircuitSettings): Circuit {
  const { now, failures: most = 5, restMs: firstRestMs = 250, longestRestMs = 2_000, onChange = () => {} } = settings;
  let state: CircuitState = 'closed';
  let failures = 0;
  let restMs = firstRestMs;
  let openedAtMs = 0;

  function become(next: CircuitState): void {
    if (next === state) return;
    state = next;
    onChange(next);
  }

  return {
    get state() {
      return state;
    },
    enter() {
      if (state === 'closed') return 'normal';
      if (state === 'half-open' || now() - openedAtMs < restMs) return undefined;
      become('half-open');
      return 'trial';
    },
    succeeded(pass) {
      if (pass === 'normal' && state !== 'closed') return;
      failures = 0;
      restMs = firstRestMs;
      become('closed');
    },
    failed(pass) {
      failures += 1;
      if (pass === 'trial') restMs = Math.min(longestRestMs, restMs * 2);
      else if (state !== 'closed' || failures < most) return;
      openedAtMs = now();
      become('open');
    },
  };
}
