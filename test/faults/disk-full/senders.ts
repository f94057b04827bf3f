import { type Answer, getBytes, openConnection, postBytes } from '../../../bench/http/connection.ts';

const retryAfterIn = /\r\nretry-after: *(\d+)/i;

/** What senders saw. */
export interface Seen {
  /** Ids that were acked. */
  readonly acked: string[];
  refused: number;
  /** What the last refusal said. */
  lastRefusal: string | undefined;
  /** The longest time to a refusal, ms. */
  slowestRefusalMs: number;
  predictions: number;
  /** What must not be. */
  readonly wrong: string[];
}

const event = (id: string) => ({
  event_id: id,
  event: 'view_item',
  event_time: new Date().toISOString(),
  user_id: `u${id.length % 7}`,
  items: [{ item_id: 'shoe', price: 120, quantity: 1 }],
});

/** Opens one sender of events and one asker of predictions. */
export function openSenders(port: number) {
  const seen: Seen = { acked: [], refused: 0, lastRefusal: undefined, slowestRefusalMs: 0, predictions: 0, wrong: [] };
  const lanes = { events: openConnection({ port, keepBodies: true }), predictions: openConnection({ port }) };
  let made = 0;

  async function ask(lane: keyof typeof lanes, request: Buffer): Promise<Answer | undefined> {
    if (!lanes[lane].isOpen) lanes[lane] = openConnection({ port, keepBodies: true });
    return new Promise((resolve) => lanes[lane].ask(request, resolve));
  }

  function refuse(answer: Answer, startedMs: number): void {
    seen.refused += 1;
    seen.lastRefusal = answer.body;
    seen.slowestRefusalMs = Math.max(seen.slowestRefusalMs, performance.now() - startedMs);
    if (answer.status !== 503 && answer.status !== 507) seen.wrong.push(`events were answered ${answer.status}: ${answer.body}`);
    if (!retryAfterIn.test(answer.head)) seen.wrong.push('a refusal does not say when to come again');
  }

  return {
    seen,
    /** Sends a batch; whether it was acked. What was refused is not sent again: it must not be needed. */
    async sendBatch(size: number): Promise<boolean> {
      const ids = Array.from({ length: size }, () => `e${made++}`);
      const startedMs = performance.now();
      const answer = await ask('events', postBytes('/v1/events', JSON.stringify(ids.map(event))));
      if (answer?.status === 200) {
        const { accepted } = JSON.parse(answer.body!) as { accepted: number };
        if (accepted === size) seen.acked.push(...ids);
        else seen.wrong.push(`${size} new events were sent, ${accepted} accepted: ${answer.body}`);
        return true;
      }
      if (answer === undefined) seen.wrong.push('a connection broke');
      else refuse(answer, startedMs);
      return false;
    },
    async askPrediction(): Promise<void> {
      const question = { user_id: 'u1', session_id: 's1', product_id: 'shoe', category_code: 'a.b', brand: 'c', price: 120 };
      const body = JSON.stringify({ ...question, hour: 18, day_of_week: 4, is_weekend: 0 });
      const answer = await ask('predictions', postBytes('/v1/predict', body));
      seen.predictions += 1;
      if (answer?.status !== 200) seen.wrong.push(`a prediction was answered ${answer?.status ?? 'not at all'}`);
    },
    /** The state of the process by its own word. */
    isLive: async (): Promise<boolean> => (await ask('predictions', getBytes('/livez')))?.status === 200,
    close(): void {
      for (const lane of Object.values(lanes)) lane.close();
    },
  };
}

export type Senders = ReturnType<typeof openSenders>;
