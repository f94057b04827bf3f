import { setImmediate } from 'node:timers/promises';
import type { SubjectErased, SubjectExport } from '@tillcast/api/subjects';
import { toRecord } from '@tillcast/core/events/record';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { onWire } from '../serving/answer.ts';
import type { LookNow } from '../serving/known-now.ts';
import { lineOf } from '../serving/prediction-answer.ts';
import type { PredictionKeeping } from '../serving/prediction-keeping.ts';
import type { ErasedList } from './erased-list.ts';
import { findSubjectEvents, type SubjectEvents } from './find-events.ts';
import { parseSubject, type Subject } from './subject.ts';

/** Everything that knows of a person. */
export interface SubjectParts {
  readonly log: EventLog;
  readonly letters: DeadLetters;
  readonly predictions: PredictionLog;
  readonly keeping: Pick<PredictionKeeping, 'erase'>;
  readonly erased: ErasedList;
  readonly engine: FeatureEngine;
  readonly look?: LookNow | undefined;
  /** Makes the features and the list of shoppers forget one. */
  readonly forget: (shopper: string) => void | Promise<void>;
  readonly now: () => number;
}

/** Shows and erases what is known of one person. */
export interface SubjectDesk {
  show(id: string): Promise<SubjectExport>;
  erase(id: string): Promise<SubjectErased>;
}

const tenant = 'default';
/** Events or predictions one answer holds; a person with more is a machine, and `tillcast events export` has all. */
const shownAtMost = 50_000;
/** An event that was on its way while others were erased is found by looking again. */
const maxRounds = 5;

const shoppersOf = ({ shopper }: Subject, { devices }: Pick<SubjectEvents, 'devices'>): string[] => [
  shopper,
  ...devices.map((device) => `a:${device}`),
];

/** Opens the desk over all stores. */
export function openSubjectDesk(parts: SubjectParts): SubjectDesk {
  const { log, letters, predictions, keeping, erased, engine, look, forget, now } = parts;

  async function predictionsOf(shoppers: ReadonlySet<string>) {
    const found: ReturnType<typeof lineOf>[] = [];
    for await (const batch of predictions.read({ tenant })) {
      for (const logged of batch) {
        const { shopper, userId, anonymousId } = logged.record;
        if (shoppers.has(shopper) || shoppers.has(`u:${userId}`) || shoppers.has(`a:${anonymousId}`)) found.push(lineOf(logged));
      }
      await setImmediate();
    }
    return found;
  }

  /** Features as of the last event, by name. */
  function stateOf(shopper: string): SubjectExport['state'] {
    const view = engine.shopper(shopper);
    if (view === undefined) return null;
    const row = engine.row({ shopper, sessionId: view.sessionId, asOfMs: view.lastEventTimeMs });
    const features = engine.features.map(({ name }, at) => [name, Number.isFinite(row[at]) ? row[at]! : null] as const);
    return {
      ...{ events: view.events, purchases: view.purchases, last_event_time: onWire(view.lastEventTimeMs) },
      ...{ session_id: view.sessionId, features: Object.fromEntries(features) },
    };
  }

  return {
    async show(id) {
      const subject = parseSubject(id);
      const found = await findSubjectEvents(log, subject);
      await look?.([{ shopper: subject.shopper }]);
      const asked = await predictionsOf(new Set(shoppersOf(subject, found)));
      return {
        shopper: subject.shopper,
        devices: [...found.devices],
        events: found.events.slice(0, shownAtMost).map(toRecord),
        predictions: asked.slice(0, shownAtMost),
        state: stateOf(subject.shopper),
        left_out: Math.max(0, found.events.length - shownAtMost) + Math.max(0, asked.length - shownAtMost),
      };
    },

    async erase(id) {
      const subject = parseSubject(id);
      const sum = { events: 0, dead_letters: 0, predictions: 0, labels: 0, outcomes: 0 };
      const devices = new Set<string>();
      for (let round = 0; round < maxRounds; round++) {
        const found = await findSubjectEvents(log, subject);
        if (round > 0 && found.events.length === 0) break;
        for (const device of found.devices) devices.add(device);
        // First nobody may bring them back, then they are taken away: whatever breaks off in between, asking again goes on.
        await erased.add(tenant, shoppersOf(subject, { devices: [...devices] }), now());
        sum.events += await log.erase(found.events);
        for (const shopper of shoppersOf(subject, { devices: [...devices] })) {
          const gone = await keeping.erase(tenant, shopper);
          sum.predictions += gone.predictions;
          sum.labels += gone.labels;
          sum.outcomes += gone.outcomes;
          await forget(shopper);
        }
        // What a device did had become part of its owner's history.
        if (found.owner !== undefined) await forget(`u:${found.owner}`);
      }
      sum.dead_letters = await letters.erase(tenant, [subject.userId ?? subject.anonymousId!, ...devices]);
      return { shopper: subject.shopper, devices: [...devices], erased: sum };
    },
  };
}
