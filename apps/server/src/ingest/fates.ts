import type { EventsAnswer } from '@tillcast/api/events';
import type { Metrics } from '../http/metrics.ts';

/** Why one event was rejected, and which. */
export type EventError = EventsAnswer['errors'][number];

/** What became of what was received: `received = accepted + duplicate + errors.length + dead`. The last four are marks on some of the accepted. */
export interface Fates {
  accepted: number;
  duplicate: number;
  dead: number;
  readonly errors: EventError[];
  tooLate: number;
  clockAhead: number;
  bot: number;
  internal: number;
}

/** Nothing received yet. */
export const noFates = (): Fates => ({
  ...{ accepted: 0, duplicate: 0, dead: 0, errors: [], tooLate: 0, clockAhead: 0, bot: 0, internal: 0 },
});

/** Adds what became of more, except for the errors. */
export function addFates(sum: Fates, more: Fates): void {
  for (const name of ['accepted', 'duplicate', 'dead', 'tooLate', 'clockAhead', 'bot', 'internal'] as const)
    sum[name] += more[name];
}

/** The same on the wire. */
export const answerOf = ({ accepted, duplicate, dead, errors, tooLate, bot, internal }: Fates): EventsAnswer => ({
  ...(tooLate === 0 ? {} : { too_late: tooLate }),
  ...(bot + internal === 0 ? {} : { marked: bot + internal }),
  ...(dead === 0 ? {} : { dead }),
  accepted,
  duplicate,
  rejected: errors.length,
  errors: errors.sort((a, b) => a.index - b.index),
});

/**
 * Counts what became of events, once it is certain and in one go, so that whoever looks, at any moment, finds
 * received = accepted + duplicate + rejected + dead. What has no fate yet, because a store did not answer, was not received: its sender still has it.
 */
export function countFates({ received, events, eventMarks }: Metrics, fates: Fates, rejected = fates.errors.length): void {
  const { accepted, duplicate, dead } = fates;
  received.inc(accepted + duplicate + rejected + dead);
  events.inc({ outcome: 'accepted' }, accepted);
  events.inc({ outcome: 'duplicate' }, duplicate);
  events.inc({ outcome: 'rejected' }, rejected);
  events.inc({ outcome: 'dead' }, dead);
  eventMarks.inc({ mark: 'too_late_for_features' }, fates.tooLate);
  eventMarks.inc({ mark: 'clock_ahead' }, fates.clockAhead);
  eventMarks.inc({ mark: 'bot' }, fates.bot);
  eventMarks.inc({ mark: 'internal' }, fates.internal);
}
