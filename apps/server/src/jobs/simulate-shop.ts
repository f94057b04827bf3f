import { setImmediate } from 'node:timers/promises';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Figures, type Scope, ShopFigures, sightingsOf } from '@tillcast/core/simulation/figures';
import { type ShopSettings, type SimulatedEvent, simulateShop } from '@tillcast/core/simulation/shop';
import { openEventWriter } from '../exporting/open-event-writer.ts';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';

/** What a simulation into files is told. */
export interface SimulationOptions {
  readonly settings: ShopSettings;
  /** The events; ends in `.jsonl`, `.parquet` or `.csv`. */
  readonly out: string;
  /** The truth behind each event, as JSON lines. */
  readonly truth?: string;
  /** Measures the shop's figures on the way, in looks of this size. */
  readonly scope?: Scope;
  /** A line about how far it is. */
  onProgress?(text: string, share: number): void;
}

/** What came out of a simulation. */
export interface SimulationSummary {
  readonly events: number;
  readonly sessions: number;
  readonly shoppers: number;
  readonly byEvent: Readonly<Record<string, number>>;
  readonly out: string;
  readonly truth?: string;
  readonly figures?: Figures;
}

const breathEvery = 5_000;

/** Simulates a shop into files, streaming; both files appear whole at the end, or neither. */
export async function simulateToFile({ settings, out, truth, scope, onProgress }: SimulationOptions): Promise<SimulationSummary> {
  if (!Number.isFinite(settings.days))
    throw new TillcastError('OPTION_INVALID', `simulate: days is ${settings.days}; a file needs an end: give a number above 0`);
  const stream = simulateShop(settings);
  // The first event is drawn before a file is opened: settings that no shop can be made of leave nothing behind.
  let step = stream.next();
  const writers = openWriters(out, truth);
  const tally = openTally(scope === undefined ? undefined : new ShopFigures(scope));
  try {
    for (; step.done !== true; step = stream.next()) {
      writers.write(step.value);
      const events = tally.add(step.value);
      if (events % breathEvery !== 0) continue;
      onProgress?.(
        `${events.toLocaleString('en')} events`,
        (step.value.event.eventTimeMs - tally.firstMs) / (settings.days * 86_400_000),
      );
      await setImmediate();
    }
    await writers.finish();
  } catch (error) {
    writers.abandon();
    throw error;
  }
  return { ...tally.finish(), shoppers: settings.shoppers, out, ...(truth === undefined ? {} : { truth }) };
}

/** One line of the truth file. */
const truthLine = ({ event, truth }: SimulatedEvent) => ({
  event_id: event.eventId,
  session_probability: truth.session,
  item_probability: truth.item ?? null,
  segment: truth.segment,
});

function openWriters(out: string, truth: string | undefined) {
  const events = openEventWriter(out);
  const abandonAll = () => {
    events.abandon();
    truths?.abandon();
  };
  let truths: ReturnType<typeof openJsonlWriter> | undefined;
  try {
    truths = truth === undefined ? undefined : openJsonlWriter(truth);
  } catch (error) {
    abandonAll();
    throw error;
  }
  return {
    write(simulated: SimulatedEvent): void {
      events.write(simulated.event);
      truths?.write(truthLine(simulated));
    },
    async finish(): Promise<void> {
      await events.finish();
      truths?.finish();
    },
    abandon: abandonAll,
  };
}

function openTally(figures: ShopFigures | undefined) {
  const byEvent: Record<string, number> = {};
  const sessions = new Set<string>();
  let events = 0;
  let firstMs = 0;
  return {
    get firstMs() {
      return firstMs;
    },
    add({ event }: SimulatedEvent): number {
      if (events === 0) firstMs = event.eventTimeMs;
      byEvent[event.event] = (byEvent[event.event] ?? 0) + 1;
      if (event.sessionId !== undefined) sessions.add(event.sessionId);
      if (figures !== undefined) for (const sighting of sightingsOf(event)) figures.add(sighting);
      events += 1;
      return events;
    },
    finish: () => ({ events, sessions: sessions.size, byEvent, ...(figures === undefined ? {} : { figures: figures.finish() }) }),
  };
}
