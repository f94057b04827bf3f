import { randomUUID } from 'node:crypto';
import type { Bus } from '@tillcast/core/ports/bus';
import type { Target } from '@tillcast/core/scoring/bundle';

/** What a process tells the others of its tenant. */
export type News =
  /** These were erased, with what they did up to a moment. */
  | { readonly kind: 'erased'; readonly tenant: string; readonly shoppers: readonly string[]; readonly erasedAtMs: number }
  /** What is known of these, and of whoever their devices link them to, is another by now. */
  | { readonly kind: 'refolded'; readonly tenant: string; readonly shoppers: readonly string[] }
  /** Another version serves; the registry says which. */
  | { readonly kind: 'model_moved'; readonly target: Target };

export interface NewsParts {
  readonly bus: Bus;
  /** Does what another process’s news asks for; where it fails, the same news comes again. */
  readonly hear: (news: News) => Promise<void>;
  readonly onTrouble: (error: unknown, what: string) => void;
  /** How often news that could not be told is told again, ms; default 1,000. */
  readonly againMs?: number;
}

/** Processes that share their stores tell each other what they cannot see in them. */
export interface NewsDesk {
  /** Resolves when the others will hear of it or, while the bus does not take it, when it waits for that. */
  tell(news: News): Promise<void>;
  close(): Promise<void>;
}

const topic = 'news';
/** News that waits; beyond it the oldest is dropped, and the others learn of it at their next start. */
const mostWaiting = 10_000;

interface Letter {
  readonly from: string;
  readonly news: News;
}
const bytesOf = (letter: Letter): Uint8Array => new TextEncoder().encode(JSON.stringify(letter));
const letterOf = (body: Uint8Array): Letter => JSON.parse(new TextDecoder().decode(body)) as Letter;

/** Opens the desk of one process. */
export function openNews({ bus, hear, onTrouble, againMs = 1_000 }: NewsParts): NewsDesk {
  const from = randomUUID();
  let waiting: Uint8Array[] = [];
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, 64);
      await bus.publish(topic, batch);
      waiting = waiting.filter((body) => !batch.includes(body));
    }
  }

  function sendAll(): Promise<void> {
    sending ??= send()
      .catch((error: unknown) =>
        onTrouble(error, 'other processes cannot be told of an erasure or a model now; they are as soon as can be'),
      )
      .finally(() => {
        sending = undefined;
      });
    return sending;
  }

  const again = setInterval(() => {
    if (waiting.length > 0) void sendAll();
  }, againMs).unref();
  const listener = bus.listen(topic, async (messages) => {
    for (const { body } of messages) {
      const letter = letterOf(body);
      if (letter.from === from) continue;
      await hear(letter.news).catch((error: unknown) => {
        onTrouble(error, `what another process told (${letter.news.kind}) could not be done; it is tried again`);
        throw error;
      });
    }
  });

  return {
    async tell(news) {
      waiting.push(bytesOf({ from, news }));
      waiting = waiting.slice(-mostWaiting);
      await sendAll();
    },
    async close() {
      clearInterval(again);
      await Promise.all([listener.stop(), sendAll()]);
    },
  };
}
