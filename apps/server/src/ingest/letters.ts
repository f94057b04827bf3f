import { createHash } from 'node:crypto';
import type { Problem } from '@tillcast/api/problem';
import type { ShopEvent } from '@tillcast/core/events/event';
import { toRecord } from '@tillcast/core/events/record';
import type { DeadLetter, LetterSource } from '@tillcast/core/ports/dead-letters';

/** A letter of a text that was received, named by the digest of its source and itself. */
export function letterOf(
  source: LetterSource,
  body: string,
  { code, detail }: Pick<Problem, 'code' | 'detail'>,
  receivedAtMs: number,
): DeadLetter {
  const letterId = createHash('sha256').update(`${source}\n${body}`).digest('hex');
  return { tenant: 'default', letterId, source, reason: code, problem: detail, body, receivedAtMs };
}

/** The letter of a stored event that the features could not take. */
export function poisonLetter(event: ShopEvent, error: unknown): DeadLetter {
  const detail = `the features could not take it: ${error instanceof Error ? error.message : String(error)}`;
  const letter = letterOf('features', JSON.stringify(toRecord(event)), { code: 'INTERNAL', detail }, event.receivedAtMs);
  return { ...letter, tenant: event.tenant };
}
