import { setTimeout as wait } from 'node:timers/promises';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import { openRandom } from '@tillcast/core/simulation/random';
import type { SigningKeys } from '../../../packages/stores/src/folder/signing-keys.ts';
import { tinyBundle, tinyFiles, versionOf } from '../../../packages/stores/test/folder/tiny-bundle.ts';

/** What the server has acknowledged so far. */
export interface Books {
  /** Event ids of people who stay, by whom: nobody of them is erased. */
  readonly events: ReadonlySet<string>;
  /** People whose erasure was answered. */
  readonly erased: ReadonlySet<string>;
  readonly moves: number;
}

const batch = 25;
/** Bundles that are added; from then on the alias moves among them. */
const mostVersions = 20;

/** A shop that sends, asks, erases and moves aliases without a pause; everything it notes was acknowledged. */
export function openBusyShop(url: string, registry: ModelRegistry, keys: SigningKeys) {
  const random = openRandom('busy shop');
  const [events, sent, erased] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let [moves, visitors, isOver] = [0, 0, false];

  async function ask(method: 'POST' | 'DELETE', path: string, body?: unknown, type = 'application/json'): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': type }, body: text }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.slice(0, 300)}`);
    return new Response(answer, response);
  }
  const wire = (id: string, user: string) => ({
    ...{ event_id: id, event: 'view_item', event_time: new Date().toISOString(), user_id: user },
    items: [{ item_id: `i${Math.floor(random.uniform() * 50)}`, price: 10 }],
  });

  async function write(n: number): Promise<void> {
    for (let at = 0; !isOver; at++) {
      const ids = Array.from({ length: batch }, (_, i) => `w${n}-${at}-${i}`);
      for (const id of ids) sent.add(id);
      await ask(
        'POST',
        '/v1/events',
        ids.map((id) => wire(id, `stays-${at % 40}`)),
      );
      for (const id of ids) events.add(id);
      await wait(2);
    }
  }
  /** Somebody comes, looks, asks, and leaves a dead letter. */
  async function come(): Promise<string> {
    const user = `goes-${visitors++}`;
    await ask('POST', '/v1/events', [wire(`${user}-1`, user), wire(`${user}-2`, user)]);
    const broken = `{"event_id":"${user}-3","user_id":"${user}","event":"dan`;
    await ask('POST', '/v1/events', `${JSON.stringify(wire(`${user}-4`, user))}\n${broken}\n`, 'application/x-ndjson');
    await ask('POST', '/v1/predict', {
      ...{ user_id: user, session_id: 's1', product_id: 'i1', category_code: 'a.b', brand: 'acme', price: 10 },
      ...{ hour: 12, day_of_week: 2, is_weekend: 0, explain: false },
    });
    return user;
  }
  async function erase(user: string): Promise<void> {
    await ask('DELETE', `/v1/subjects/${encodeURIComponent(`u:${user}`)}`);
    erased.add(user);
  }
  async function promote(): Promise<void> {
    while (!isOver) {
      const version = versionOf(moves % mostVersions);
      if (moves < mostVersions) await registry.add(tinyBundle(keys, tinyFiles(version)));
      await registry.move({ model: 'session', alias: 'challenger', version, by: 'test', why: 'it is newer' });
      moves++;
      await wait(500);
    }
  }
  const work = Promise.all([write(0), write(1), promote()]);
  work.catch(() => {});
  return {
    sent,
    books: (): Books => ({ events: new Set(events), erased: new Set(erased), moves }),
    come,
    erase,
    async end(): Promise<void> {
      isOver = true;
      await work;
    },
  };
}
