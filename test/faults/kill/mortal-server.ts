import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Asked, Told } from './messages.ts';

/** An answer, as the child told it. */
export type Answered = Extract<Told, { kind: 'answer' }>;

const script = join(import.meta.dirname, 'kill-child.ts');

/** One child: loaded, then open on a folder, then dead. */
function load(manner: string, cache: string) {
  const child: ChildProcess = fork(script, [manner], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  const waiting = new Map<number, (answer: Answered | undefined) => void>();
  let onOpen: (told: Extract<Told, { kind: 'open' }>) => void = () => {};
  let onLoaded: () => void = () => {};
  const loaded = new Promise<void>((resolve) => {
    onLoaded = resolve;
  });
  child.on('message', (told: Told) => {
    if (told.kind === 'loaded') onLoaded();
    else if (told.kind === 'open') onOpen(told);
    else {
      waiting.get(told.id)?.(told);
      waiting.delete(told.id);
    }
  });
  const dead = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void dead.then(() => {
    for (const answer of waiting.values()) answer(undefined);
    waiting.clear();
  });
  let next = 0;
  return {
    /** `place`: a folder, or the address of a database. */
    async open(place: string) {
      await loaded;
      return new Promise<Extract<Told, { kind: 'open' }>>((resolve, reject) => {
        onOpen = resolve;
        void dead.then(() => reject(new Error('the child ended before it was open')));
        child.send({ kind: 'open', place } satisfies Asked);
      });
    },
    /** Resolves to undefined when the child died before it answered. */
    send(body: unknown): Promise<Answered | undefined> {
      return new Promise((resolve) => {
        if (!child.connected) return resolve(undefined);
        const id = next++;
        waiting.set(id, resolve);
        child.send({ kind: 'send', id, body } satisfies Asked, () => {});
      });
    },
    kill(): Promise<void> {
      child.kill('SIGKILL');
      return dead;
    },
  };
}

export type Mortal = ReturnType<typeof load>;

/** Children one after the other; the next is loaded while one lives. `cache`: a folder for what they compiled, which they share. */
export function openNursery(manner: 'honest' | 'early', cache: string) {
  let spare = load(manner, cache);
  return {
    next(): Mortal {
      const child = spare;
      spare = load(manner, cache);
      return child;
    },
    close: (): Promise<void> => spare.kill(),
  };
}
