import { type AskSettings, ask } from './client/ask.ts';
import { TillcastFailure } from './client/failure.ts';
import { type OutboxSettings, openOutbox } from './client/outbox.ts';
import type { OutboxStorage } from './client/outbox-queue.ts';
import { type Page, thisPage } from './client/page.ts';
import { post, type TokenSource, type Wire } from './client/post.ts';
import { type Sleep, sleep } from './client/sleep.ts';
import type { EventInput } from './events.ts';
import type { ExplainAnswer, ExplainRequest } from './explain.ts';
import type { OutcomeAnswer, OutcomeRequest } from './outcomes.ts';
import type { PredictAnswer, PredictBatchAnswer, PredictBatchRequest, PredictRequest } from './predict.ts';

/** An event to be sent; the id and the time are filled in where they are left out. */
export type EventToTrack = Omit<EventInput, 'event_id' | 'event_time'> & Partial<Pick<EventInput, 'event_id' | 'event_time'>>;

export interface ClientOptions
  extends Partial<Pick<OutboxSettings, 'flushAt' | 'flushEveryMs' | 'maxWaiting' | 'onRejected' | 'onDropped'>> {
  /** Where the server is, such as `https://tillcast.shop.example`; `''` = where the page is from. */
  readonly url: string;
  readonly token?: TokenSource;
  /** Whether the shopper has agreed. Undefined = not asked yet: events wait, and nothing leaves. A server that asks for itself says true. */
  readonly consent?: boolean;
  /** Where events wait while there is no way out; default: in memory. */
  readonly storage?: OutboxStorage;
  /** How long a question may take with all its attempts, ms; default 5,000. */
  readonly deadlineMs?: number;
  readonly attempts?: number;
  /** The first and the longest wait between attempts, ms. */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
  readonly fetch?: typeof fetch;
  /** The page it runs in; default: this one, where it is one. */
  readonly page?: Page | undefined;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly sleep?: Sleep;
}

/** What one question is asked with. */
export interface QuestionOptions {
  readonly signal?: AbortSignal;
}

/** A client of one server. */
export interface Client {
  /** Puts an event into the outbox; answers its id, or undefined where the shopper does not agree. */
  track(event: EventToTrack): string | undefined;
  /** The shopper agrees, or no longer does: then what waits is forgotten, and what is under way is broken off. */
  setConsent(granted: boolean): void;
  /** Sends what waits; resolves when it is sent or refused. */
  flush(): Promise<void>;
  predict(request: PredictRequest, options?: QuestionOptions): Promise<PredictAnswer>;
  predictBatch(request: PredictBatchRequest, options?: QuestionOptions): Promise<PredictBatchAnswer>;
  explain(request: ExplainRequest, options?: QuestionOptions): Promise<ExplainAnswer>;
  /** Says what came of a prediction; tried again under one key, so that it counts once. */
  outcome(request: OutcomeRequest, options?: QuestionOptions & { readonly idempotencyKey?: string }): Promise<OutcomeAnswer>;
  /** Events that wait to be sent. */
  readonly waiting: number;
  /** Sends nothing more; what waits stays in `storage`. */
  close(): void;
}

const outboxDefaults = { flushAt: 20, flushEveryMs: 2_000, maxWaiting: 1_000 };
const usualBackoff = { baseMs: 500, capMs: 30_000 };
/** Questions are asked by somebody who waits. */
const questionBackoff = { baseMs: 50, capMs: 2_000 };

/**
 * Opens a client, in a browser or on a server; it stands on `fetch` alone. Events are buffered, sent in their order, tried again with full jitter and
 * never earlier than the server asks, and counted once by their ids. Nothing leaves before the shopper agrees.
 */
export function openClient(options: ClientOptions): Client {
  const { now = Date.now, random = Math.random, page = thisPage() } = options;
  const wire: Wire = {
    url: options.url.replace(/\/+$/, ''),
    token: options.token,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    now,
  };
  const asking: AskSettings = {
    backoff: { ...questionBackoff, ...options.backoff, random },
    sleep: options.sleep ?? sleep,
    deadlineMs: options.deadlineMs ?? 5_000,
    attempts: options.attempts ?? 3,
  };
  const outbox = openOutbox(wire, {
    flushAt: options.flushAt ?? outboxDefaults.flushAt,
    flushEveryMs: options.flushEveryMs ?? outboxDefaults.flushEveryMs,
    maxWaiting: options.maxWaiting ?? outboxDefaults.maxWaiting,
    backoff: { ...usualBackoff, ...options.backoff, random },
    sleep: asking.sleep,
    storage: options.storage,
    onRejected: options.onRejected ?? (() => {}),
    onDropped: options.onDropped ?? (() => {}),
  });
  let consent = options.consent;
  let withdrawn = new AbortController();
  if (consent === true) outbox.open();

  function leave(): void {
    outbox.save();
    for (const body of outbox.bodies()) {
      // A beacon carries no token and stays within the page's origin; a request that outlives the page is bound by neither.
      if (wire.token === undefined && page?.sendBeacon(`${wire.url}/v1/events`, body) === true) continue;
      post(wire, '/v1/events', body, { signal: withdrawn.signal, keepalive: true }).catch(() => {});
    }
  }
  const stopListening = page?.onHide(leave);

  async function question<T>(
    path: string,
    request: unknown,
    { signal, idempotencyKey }: QuestionOptions & { readonly idempotencyKey?: string } = {},
  ): Promise<T> {
    if (consent !== true)
      throw new TillcastFailure('the shopper has not agreed: nothing may be asked about them', { status: 0, code: 'NO_CONSENT' });
    const either = signal === undefined ? withdrawn.signal : AbortSignal.any([signal, withdrawn.signal]);
    return ask<T>(wire, path, request, asking, { signal: either, idempotencyKey });
  }

  return {
    track(event) {
      if (consent === false) return undefined;
      const whole: EventInput = {
        ...event,
        event_id: event.event_id ?? crypto.randomUUID(),
        event_time: event.event_time ?? new Date(now()).toISOString(),
      };
      outbox.add(whole);
      return whole.event_id;
    },
    setConsent(granted) {
      consent = granted;
      if (granted) return outbox.open();
      outbox.forget();
      withdrawn.abort(new TillcastFailure('the shopper no longer agrees', { status: 0, code: 'NO_CONSENT' }));
      withdrawn = new AbortController();
    },
    flush: outbox.flush,
    predict: (request, given) => question('/v1/predict', request, given),
    predictBatch: (request, given) => question('/v1/predict/batch', request, given),
    explain: (request, given) => question('/v1/explain', request, given),
    outcome: (request, { idempotencyKey = crypto.randomUUID(), ...given } = {}) =>
      question('/v1/outcomes', request, { ...given, idempotencyKey }),
    get waiting() {
      return outbox.waiting;
    },
    close() {
      stopListening?.();
      outbox.close();
    },
  };
}
