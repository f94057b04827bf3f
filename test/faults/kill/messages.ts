import type { EventsAnswer } from '@tillcast/api/events';

/** What the test says to the child. */
export type Asked =
  | { readonly kind: 'open'; readonly place: string }
  | { readonly kind: 'send'; readonly id: number; readonly body: unknown };

/** What the child says; `counted` and `received` are its metrics right after the answer. */
export type Told =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'open'; readonly replayed: number; readonly letters: number }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly answer: EventsAnswer;
      readonly received: number;
      readonly counted: Readonly<Record<string, number>>;
    };

/** The clock of the child. */
export const nowMs = Date.parse('2026-11-20T18:30:00.000Z');

/** The item that the child's features choke on. */
export const poisonItem = 'poison';
