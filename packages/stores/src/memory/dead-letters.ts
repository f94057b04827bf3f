import {
  type DeadLetter,
  type DeadLetters,
  type LetterBounds,
  maxBodyLength,
  mentions,
  type PutLetters,
} from '@tillcast/core/ports/dead-letters';
import { closedError, defaultBounds } from '../dead-letters/bounds.ts';

const keyOf = ({ tenant, letterId }: DeadLetter): string => JSON.stringify([tenant, letterId]);

/** Keeps dead letters in this process: for tests, and for trying things out. Nothing outlives the process. */
export function memoryDeadLetters(bounds: LetterBounds = {}): DeadLetters {
  const { maxLetters, maxCharacters } = { ...defaultBounds, ...bounds };
  let letters: DeadLetter[] = [];
  let closed = false;

  const check = (): void => {
    if (closed) throw closedError();
  };
  /** Keeps the letters that pass, and answers how many did not. */
  function keepWhere(keep: (letter: DeadLetter) => boolean): number {
    const before = letters.length;
    letters = letters.filter(keep);
    return before - letters.length;
  }
  function makeRoom(): number {
    let characters = letters.reduce((sum, { body }) => sum + body.length, 0);
    let dropped = 0;
    while (letters.length - dropped > maxLetters || characters > maxCharacters) characters -= letters[dropped++]!.body.length;
    letters = letters.slice(dropped);
    return dropped;
  }

  return {
    durable: false,
    async put(given): Promise<PutLetters> {
      check();
      let kept = 0;
      const known = new Set(letters.map(keyOf));
      for (const letter of given) {
        if (known.has(keyOf(letter))) continue;
        known.add(keyOf(letter));
        letters.push({ ...letter, body: letter.body.slice(0, maxBodyLength) });
        kept++;
      }
      letters.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
      return { kept, known: given.length - kept, dropped: makeRoom() };
    },
    async *read({ tenant, batch = 1_000 } = {}) {
      check();
      const found = letters.filter((letter) => tenant === undefined || letter.tenant === tenant);
      for (let start = 0; start < found.length; start += batch) {
        check();
        yield found.slice(start, start + batch).map((letter) => ({ ...letter }));
      }
    },
    async resolve(tenant, letterIds) {
      check();
      const done = new Set(letterIds);
      return keepWhere((letter) => letter.tenant !== tenant || !done.has(letter.letterId));
    },
    async count(tenant) {
      check();
      return tenant === undefined ? letters.length : letters.filter((letter) => letter.tenant === tenant).length;
    },
    async erase(tenant, ids) {
      check();
      return keepWhere((letter) => letter.tenant !== tenant || !mentions(letter.body, ids));
    },
    async close() {
      closed = true;
    },
  };
}
