import { createHash } from 'node:crypto';
import type { AllowedHosts } from './egress.ts';
import { type ExportRow, exportedAtOnce } from './export-rows.ts';
import { type Posted, postSigned } from './post-signed.ts';

/** What became of one part of a delivery. */
export interface DeliveryLine {
  /** The same for every try, and for a delivery of the same members of the same snapshot to the same place. */
  readonly delivery: string;
  readonly segment: string;
  /** Without path and query, which may hold secrets. */
  readonly host: string;
  readonly taken_at: string;
  readonly sent_at: string;
  /** 1, 2 … */
  readonly part: number;
  readonly members: number;
  readonly tries: number;
  /** 0 = no answer. */
  readonly status: number;
  readonly delivered: boolean;
  readonly problem: string | null;
}

/** What is delivered, and where to. */
export interface Delivery {
  readonly segment: string;
  readonly url: URL;
  readonly takenAtMs: number;
  readonly rows: AsyncIterable<ExportRow>;
}

/** How deliveries are made; time, chance and the network come in. */
export interface DeliveryParts {
  readonly secret: string;
  readonly allowed: AllowedHosts;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: (line: DeliveryLine) => void;
  readonly post?: typeof postSigned;
}

const mostTries = 5;
const firstPauseMs = 1_000;

/** Whether trying again can help: no answer, too much asked, or their trouble. */
const mayTryAgain = ({ status }: Posted): boolean => status === 0 || status === 408 || status === 429 || status >= 500;

async function* inParts(rows: AsyncIterable<ExportRow>): AsyncGenerator<ExportRow[]> {
  let part: ExportRow[] = [];
  for await (const row of rows) {
    part.push(row);
    if (part.length < exportedAtOnce) continue;
    yield part;
    part = [];
  }
  // An empty segment is news too: whoever holds yesterday's members learns that there are none.
  yield part;
}

/** Opens deliveries: signed, in parts of 1,000 members, each tried five times with pauses of 1, 4, 16 and 64 s (or as asked for), each logged. Answers the lines. */
export function openDeliver({ secret, allowed, now, sleep, random, log, post = postSigned }: DeliveryParts) {
  async function tryOnce(url: URL, body: string, delivery: string): Promise<Posted & { readonly problem: string | null }> {
    try {
      const timestamp = Math.floor(now() / 1_000);
      const answer = await post({ url, body, delivery, timestamp, secret, allowed });
      return { ...answer, problem: answer.status < 300 ? null : `answered ${answer.status}` };
    } catch (error) {
      return { status: 0, retryAfterMs: undefined, problem: (error as Error).message };
    }
  }

  async function sendPart(url: URL, body: string, delivery: string) {
    for (let tries = 1; ; tries++) {
      const answer = await tryOnce(url, body, delivery);
      if (answer.problem === null || tries === mostTries || !mayTryAgain(answer)) return { ...answer, tries };
      const pauseMs = answer.retryAfterMs ?? firstPauseMs * 4 ** (tries - 1);
      await sleep(pauseMs * (1 + random() / 4));
    }
  }

  return async ({ segment, url, takenAtMs, rows }: Delivery): Promise<DeliveryLine[]> => {
    const taken_at = new Date(takenAtMs).toISOString();
    const lines: DeliveryLine[] = [];
    let part = 0;
    for await (const members of inParts(rows)) {
      part++;
      const body = JSON.stringify({ segment, taken_at, part, is_last: members.length < exportedAtOnce, members });
      const delivery = createHash('sha256').update(`${segment}\n${url.href}\n${body}`).digest('hex').slice(0, 32);
      const { status, tries, problem } = await sendPart(url, body, delivery);
      const line = {
        ...{ delivery, segment, host: url.host, taken_at, sent_at: new Date(now()).toISOString(), part },
        ...{ members: members.length, tries, status, delivered: problem === null, problem },
      };
      log(line);
      lines.push(line);
      // A receiver that takes one part and not the next holds half a segment: the rest is not sent after it.
      if (problem !== null) break;
    }
    return lines;
  };
}
