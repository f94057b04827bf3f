import { type Answer, type Connection, openConnection, postBytes } from '../../../bench/http/connection.ts';

/** Callers who ask and write without a rest, and what they were answered. */
export interface Callers {
  readonly answered: number;
  /** Refused because more was asked than the machine could do: no failure, and nothing of the drain's. */
  readonly overloaded: number;
  /** Answers of any status but 200, and requests without an answer, by status (0 = none). */
  readonly failures: ReadonlyMap<number, number>;
  /** Ids of the events that were accepted. */
  readonly acked: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Starts `count` of them on one port; each second request is an event, the others ask for a prediction. Nothing is ever sent again. */
export function startCallers(port: number, count: number, question: string): Callers {
  const failures = new Map<number, number>();
  const acked = new Set<string>();
  const predict = postBytes('/v1/predict', question);
  let [answered, overloaded, over, n] = [0, 0, false, 0];

  const ask = (connection: Connection, request: Buffer): Promise<Answer | undefined> =>
    new Promise((resolve) => connection.ask(request, resolve));

  async function caller(): Promise<void> {
    let connection = openConnection({ port, keepBodies: true });
    while (!over) {
      if (!connection.isOpen) connection = openConnection({ port, keepBodies: true });
      const id = `drained-${n++}`;
      const isEvent = n % 2 === 0;
      const event = `{"event_id":"${id}","event":"view_item","event_time":"${new Date().toISOString()}","user_id":"u${n % 50}","items":[{"item_id":"i${n % 9}"}]}`;
      const answer = await ask(connection, isEvent ? postBytes('/v1/events', event) : predict);
      if (answer?.status === 200) {
        answered += 1;
        if (isEvent) acked.add(id);
      } else if (answer?.body?.includes('"OVERLOADED"') === true) overloaded += 1;
      else failures.set(answer?.status ?? 0, (failures.get(answer?.status ?? 0) ?? 0) + 1);
      // Some think between two requests, so that connections also lie idle when the end comes.
      if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, (n * 7) % 40));
    }
    connection.close();
  }

  const calling = Promise.all(Array.from({ length: count }, caller));
  return {
    get answered() {
      return answered;
    },
    get overloaded() {
      return overloaded;
    },
    failures,
    acked,
    async stop() {
      over = true;
      await calling;
    },
  };
}
