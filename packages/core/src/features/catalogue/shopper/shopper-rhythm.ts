import { defineAccumulator } from '../../feature.ts';
import { DAY_MS, MINUTE_MS } from '../durations.ts';

// A visit ends with half an hour of silence, the usual rule, whatever ids the shop gives its sessions.
const SILENCE_MS = 30 * MINUTE_MS;
/** Days of visits that are remembered. */
export const ACTIVE_DAYS = 28;

/** When and how often a shopper came. */
export interface ShopperRhythm {
  events: number;
  visits: number;
  firstMs: number;
  lastMs: number;
  /** When the visit before this one ended. */
  previousEndMs: number;
  /** Days (of UTC) with a visit, ascending. */
  activeDays: number[];
}

/** The visits of one shopper. */
export const shopperRhythm = defineAccumulator<ShopperRhythm>({
  name: 'shopper_rhythm',
  entity: 'shopper',
  start: () => ({ events: 0, visits: 0, firstMs: Number.NaN, lastMs: Number.NaN, previousEndMs: Number.NaN, activeDays: [] }),
  fold(state, { eventTimeMs }) {
    if (state.events === 0) {
      state.firstMs = eventTimeMs;
      state.visits = 1;
      state.activeDays = [Math.floor(eventTimeMs / DAY_MS)];
    } else if (eventTimeMs - state.lastMs > SILENCE_MS) {
      state.previousEndMs = state.lastMs;
      state.visits++;
    }
    noteDay(state.activeDays, Math.floor(eventTimeMs / DAY_MS));
    state.lastMs = eventTimeMs;
    state.events++;
    return state;
  },
});

function noteDay(days: number[], day: number): void {
  if (days[days.length - 1] === day) return;
  days.push(day);
  while (days[0]! <= day - ACTIVE_DAYS) days.shift();
}
