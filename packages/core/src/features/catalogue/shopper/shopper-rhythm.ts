import { defineAccumulator } from '../../feature.ts';
import { DAY_MS, latest, MINUTE_MS } from '../durations.ts';

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
  join(earlier, later) {
    if (earlier.events === 0) return later;
    const apart = later.firstMs - earlier.lastMs > SILENCE_MS;
    for (const day of later.activeDays) insertDay(earlier.activeDays, day);
    const lastDay = Math.floor(later.lastMs / DAY_MS);
    return {
      events: earlier.events + later.events,
      visits: earlier.visits + later.visits - (apart ? 0 : 1),
      firstMs: Math.min(earlier.firstMs, later.firstMs),
      lastMs: later.lastMs,
      previousEndMs: latest(apart ? earlier.lastMs : earlier.previousEndMs, later.previousEndMs),
      activeDays: earlier.activeDays.filter((day) => day > lastDay - ACTIVE_DAYS),
    };
  },
});

function insertDay(days: number[], day: number): void {
  let at = days.length;
  while (at > 0 && days[at - 1]! > day) at--;
  if (days[at - 1] !== day) days.splice(at, 0, day);
}

function noteDay(days: number[], day: number): void {
  if (days[days.length - 1] === day) return;
  days.push(day);
  while (days[0]! <= day - ACTIVE_DAYS) days.shift();
}
