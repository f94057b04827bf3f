import { setImmediate } from 'node:timers/promises';
import type { SubjectErased, SubjectExport } from '@tillcast/api/subjects';
import type { ShopEvent } from '@tillcast/core/events/event';
import { toRecord } from '@tillcast/core/events/record';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import { type DeadLetters, mentions } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { Exposure } from '@tillcast/core/ports/exposure-log';
import type { Outcome, PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { BatchErasure } from '../jobs/batch-erasure.ts';
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
  /** Folds anew what is known of these, and of whoever their devices link them to, from what the log still holds. */
  readonly refold: (shoppers: readonly string[]) => Promise<void>;
  /** Told of whom was erased as soon as nobody may bring them back. */
  readonly onErased: (shoppers: readonly string[], erasedAtMs: number) => Promise<void>;
  readonly now: () => number;
  /** What batch jobs hold of people; default: there are none. */
  readonly batchJobs?: BatchErasure;
  /** The experiments that these took part in; default: there are none. */
  readonly exposuresOf?: (shoppers: readonly string[]) => Promise<readonly Exposure[]>;
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

const deviceOf = ({ anonymousId }: ShopEvent): string[] => (anonymousId === undefined ? [] : [`a:${anonymousId}`]);

/** What may name them in a text or a table. */
const idsOf = (subject: Subject, devices: readonly string[]): string[] => [subject.userId ?? subject.anonymousId!, ...devices];

const outcomeOnWire = ({ event, eventId, eventTimeMs, sessionId, items }: Outcome): SubjectExport['outcomes'] =>
  event === 'purchase' || event === 'refund'
    ? [
        {
          ...{ event_id: eventId, outcome: event, time: onWire(eventTimeMs), session_id: sessionId ?? null },
          items: items.map(({ itemId, quantity }) => ({ item_id: itemId, quantity })),
        },
      ]
    : [];

const linkOnWire = ({ event, shopper, linked, eventTimeMs }: Outcome): SubjectExport['links'] =>
  event === 'login' && linked !== undefined ? [{ shopper, linked, known_at: onWire(eventTimeMs) }] : [];

const exposureOnWire = ({ experimentId, unit, variant, exposedAtMs }: Exposure): SubjectExport['exposures'][number] => ({
  ...{ experiment_id: experimentId, unit, variant: variant ?? null },
  exposed_at: onWire(exposedAtMs),
});

/** Opens the desk over all stores. */
export function openSubjectDesk(parts: SubjectParts): SubjectDesk {
  const { log, letters, predictions, keeping, erased, engine, look, forget, refold, onErased, now, batchJobs, exposuresOf } =
    parts;

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

  /** What labels know of them: purchases and refunds, and who is linked to whom. */
  async function toldOf(shoppers: readonly string[]) {
    const told: Outcome[] = [];
    for (const shopper of shoppers) told.push(...(await predictions.outcomes(tenant, shopper, Number.NEGATIVE_INFINITY)));
    return { outcomes: told.flatMap(outcomeOnWire).slice(0, shownAtMost), links: told.flatMap(linkOnWire).slice(0, shownAtMost) };
  }

  async function lettersOf(ids: readonly string[]): Promise<SubjectExport['dead_letters']> {
    const found: SubjectExport['dead_letters'] = [];
    for await (const page of letters.read({ tenant }))
      for (const { letterId, reason, body, receivedAtMs } of page)
        if (mentions(body, ids)) found.push({ letter_id: letterId, reason, body, received_at: onWire(receivedAtMs) });
    return found.slice(0, shownAtMost);
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
        ...(await toldOf(shoppersOf(subject, found))),
        dead_letters: await lettersOf(idsOf(subject, found.devices)),
        exposures: ((await exposuresOf?.(shoppersOf(subject, found))) ?? []).map(exposureOnWire),
        batch_jobs: (await batchJobs?.find(idsOf(subject, found.devices))) ?? [],
        state: stateOf(subject.shopper),
        left_out: Math.max(0, found.events.length - shownAtMost) + Math.max(0, asked.length - shownAtMost),
      };
    },

    async erase(id) {
      const subject = parseSubject(id);
      const sum = { events: 0, dead_letters: 0, predictions: 0, labels: 0, outcomes: 0, batch_jobs: 0 };
      const devices = new Set<string>();
      for (let round = 0; round < maxRounds; round++) {
        const found = await findSubjectEvents(log, subject);
        if (round > 0 && found.events.length === 0) break;
        for (const device of found.devices) devices.add(device);
        const shoppers = shoppersOf(subject, { devices: [...devices] });
        const erasedAtMs = now();
        // First nobody may bring them back, then they are taken away, from the log at last: whatever breaks off in between, asking again goes on.
        await erased.add(tenant, shoppers, erasedAtMs);
        await onErased(shoppers, erasedAtMs);
        for (const shopper of shoppers) {
          const gone = await keeping.erase(tenant, shopper);
          sum.predictions += gone.predictions;
          sum.labels += gone.labels;
          sum.outcomes += gone.outcomes;
          await forget(shopper);
        }
        sum.events += await log.erase(found.events);
        // What a device did had become part of its owner's history, and who logged in on it decided whose it is.
        await refold([...new Set([...shoppers, ...found.events.flatMap(deviceOf)])]);
      }
      sum.dead_letters = await letters.erase(tenant, idsOf(subject, [...devices]));
      sum.batch_jobs = (await batchJobs?.erase(idsOf(subject, [...devices]))) ?? 0;
      return { shopper: subject.shopper, devices: [...devices], erased: sum };
    },
  };
}
