import { type ItemsAnswer, maxItems } from '@tillcast/api/items';
import { parseFact } from '@tillcast/core/catalogue/parse-fact';
import type { ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput, problemOf } from '../http/problem.ts';
import type { IngestItemLines, IngestItems } from '../http/routes/items.ts';
import type { Received } from './intake.ts';
import { lineBatches } from './line-batches.ts';
import { listInBody } from './list-in-body.ts';
import { refusalOf } from './take-body.ts';

/** What taking items in stands on. */
export interface ItemParts {
  readonly catalogue: ItemCatalogue;
  /** Told of each fact that is new, once it is on disk. */
  readonly learn: (fact: ItemFact) => void;
  readonly metrics: Metrics;
  readonly now: () => number;
}

type Errors = ItemsAnswer['errors'];

/** Takes a batch in; the errors of more than may be told are counted alone. */
async function take({ catalogue, learn, metrics, now }: ItemParts, batch: readonly Received[], sum: ItemsAnswer): Promise<void> {
  const facts: ItemFact[] = [];
  const errors: Errors = [];
  const receivedAtMs = now();
  for (const received of batch) {
    const { index, line } = received;
    const place = line === undefined ? { index } : { index, line };
    if ('problem' in received) errors.push({ ...place, problem: received.problem });
    else {
      const parsed = parseFact(received.value, { receivedAtMs });
      if (parsed.ok) facts.push(parsed.fact);
      else {
        const fields = parsed.problems.map(({ pointer, problem }) => ({ pointer, detail: problem }));
        errors.push({ ...place, problem: problemOf(invalidInput(fields)) });
      }
    }
  }
  const none = { accepted: 0, duplicate: 0, acceptedIndexes: [] };
  const { accepted, duplicate, acceptedIndexes } = facts.length === 0 ? none : await catalogue.append(facts);
  for (const at of acceptedIndexes) learn(facts[at]!);
  metrics.items.inc({ outcome: 'accepted' }, accepted);
  metrics.items.inc({ outcome: 'duplicate' }, duplicate);
  metrics.items.inc({ outcome: 'rejected' }, errors.length);
  sum.accepted += accepted;
  sum.duplicate += duplicate;
  sum.rejected += errors.length;
  sum.errors.push(...errors.slice(0, maxItems - sum.errors.length));
}

const nothing = (): ItemsAnswer => ({ accepted: 0, duplicate: 0, rejected: 0, errors: [] });

/** Takes the items of a JSON body. Each is checked on its own; one sent by itself is answered with its own problem. */
export const openIngestItems =
  (parts: ItemParts): IngestItems =>
  async (body) => {
    const { values, single } = listInBody(body, 'items', maxItems);
    const answer = nothing();
    await take(
      parts,
      values.map((value, index) => ({ index, value })),
      answer,
    );
    if (single && answer.errors[0] !== undefined) throw refusalOf(answer.errors[0]);
    return answer;
  };

/** Takes a stream of items, one JSON object a line. What was stored before a stream breaks off stays stored; sending it again is safe. */
export const openIngestItemLines =
  (parts: ItemParts): IngestItemLines =>
  async (chunks) => {
    const answer = nothing();
    for await (const lines of lineBatches(chunks)) await take(parts, lines, answer);
    return answer;
  };
