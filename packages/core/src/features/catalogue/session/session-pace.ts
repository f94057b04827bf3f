import { defineAccumulator } from '../../feature.ts';

/** When a session began, when it was last heard of, and how it paused. */
export interface SessionPace {
  firstMs: number;
  lastMs: number;
  events: number;
  lastGapMs: number;
}

/** The pace of one session. */
export const sessionPace = defineAccumulator<SessionPace>({
  name: 'session_pace',
  entity: 'session',
  start: () => ({ firstMs: Number.NaN, lastMs: Number.NaN, events: 0, lastGapMs: Number.NaN }),
  fold(state, { eventTimeMs }) {
    if (state.events === 0) state.firstMs = eventTimeMs;
    else state.lastGapMs = eventTimeMs - state.lastMs;
    state.lastMs = eventTimeMs;
    state.events++;
    return state;
  },
  join(earlier, later) {
    if (earlier.events === 0) return later;
    // The event before the last is either's: the nearer one.
    const gapMs = later.lastMs - earlier.lastMs;
    return {
      firstMs: Math.min(earlier.firstMs, later.firstMs),
      lastMs: later.lastMs,
      events: earlier.events + later.events,
      lastGapMs: later.events > 1 ? Math.min(later.lastGapMs, gapMs) : gapMs,
    };
  },
});
