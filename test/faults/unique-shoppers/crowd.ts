import { eventNames } from '@tillcast/core/events/event';
import { openRandom } from '@tillcast/core/simulation/random';
import { getBytes, openConnection, postBytes } from '../../../bench/http/connection.ts';

/** A crowd in which nobody comes twice, sent to a server that listens on a port. */
export interface CrowdSettings {
  readonly port: number;
  readonly shoppers: number;
  readonly seed?: number;
  /** Requests under way at once. */
  readonly connections?: number;
  /** Told after each request how many shoppers came so far. */
  readonly onProgress?: (shoppers: number) => void;
}

/** What the server said to it. */
export interface CrowdOutcome {
  readonly accepted: number;
  readonly rejected: number;
  /** Requests that were answered neither 200 nor 503. */
  readonly failed: number;
}

const perRequest = 1_000;
/** One in so many events has a name that there is not. */
const strangeEvery = 20;
/** One in so many requests is followed by an address that there is not, and by a question about somebody. */
const lookEvery = 5;

/** Sends them in batches; a batch that is refused for now is sent again. */
export async function sendCrowd(settings: CrowdSettings): Promise<CrowdOutcome> {
  const { port, shoppers, seed = 1, connections = 2, onProgress = () => {} } = settings;
  const random = openRandom(seed);
  const word = (): string => Math.floor(random.uniform() * 2 ** 48).toString(36);
  const outcome = { accepted: 0, rejected: 0, failed: 0 };
  let sent = 0;

  function event(n: number): string {
    const name = n % strangeEvery === 0 ? `event_${word()}` : eventNames[n % 3];
    const at = new Date().toISOString();
    const [item, page] = [word(), word()];
    return `{"event_id":"e-${seed}-${n}","event":"${name}","event_time":"${at}","anonymous_id":"visitor-${word()}","session_id":"session-${word()}","items":[{"item_id":"item-${item}","category":"cat-${item.slice(0, 6)}","brand":"brand-${item.slice(0, 5)}","price":${1 + (n % 900)},"quantity":1}],"context":{"page":"https://shop.example/${page}?ref=${word()}","language":"de"}}`;
  }

  async function caller(): Promise<void> {
    const connection = openConnection({ port, keepBodies: true, timeoutMs: 60_000 });
    const ask = (request: Buffer) =>
      new Promise<{ status: number; body: string | undefined } | undefined>((done) => connection.ask(request, done));
    while (sent < shoppers) {
      const from = sent;
      const count = Math.min(perRequest, shoppers - from);
      sent += count;
      const request = postBytes('/v1/events', `[${Array.from({ length: count }, (_, index) => event(from + index)).join(',')}]`);
      let answer = await ask(request);
      while (answer?.status === 503) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        answer = await ask(request);
      }
      if (answer?.status !== 200) outcome.failed += 1;
      else {
        const said = JSON.parse(answer.body!) as { accepted: number; rejected: number };
        outcome.accepted += said.accepted;
        outcome.rejected += said.rejected;
      }
      if ((from / perRequest) % lookEvery === 0) {
        await ask(getBytes(`/${word()}/${word()}`));
        await ask(postBytes('/v1/predict', JSON.stringify({ user_id: word(), product_id: word(), price: 5, explain: false })));
      }
      onProgress(sent);
    }
    connection.close();
  }
  await Promise.all(Array.from({ length: connections }, caller));
  return outcome;
}
